interface Props {
  readonly error: string | null;
  readonly onRetry?: () => void;
}

/** What went wrong, said at once to who does not see it. */
export function Notice({ error, onRetry }: Props) {
  if (error === null) return null;
  return (
    <div class="notice" role="alert">
      <span>{error}</span>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
