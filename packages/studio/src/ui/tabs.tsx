import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

interface Props<T extends string> {
  readonly label: string;
  readonly tabs: readonly T[];
  readonly selected: T;
  readonly onSelect: (tab: T) => void;
  readonly panels: Readonly<Record<T, ComponentChildren>>;
}

/**
 * Tabs as the ARIA practices have them: one stop of the tab key, arrow keys select. A panel is made when it is first
 * selected, and keeps what was set in it.
 */
export function Tabs<T extends string>({ label, tabs, selected, onSelect, panels }: Props<T>) {
  const list = useRef<HTMLDivElement>(null);
  const visited = useRef(new Set<T>());
  visited.current.add(selected);

  function move(event: KeyboardEvent) {
    const at = tabs.indexOf(selected);
    const targets: Readonly<Record<string, number>> = {
      ArrowLeft: (at + tabs.length - 1) % tabs.length,
      ArrowRight: (at + 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    onSelect(tabs[target] as T);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[target]?.focus();
  }

  return (
    <>
      <div role="tablist" aria-label={label} class="tabs" ref={list} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            type="button"
            role="tab"
            key={tab}
            id={`tab-${tab}`}
            aria-controls={`panel-${tab}`}
            aria-selected={tab === selected}
            tabIndex={tab === selected ? 0 : -1}
            onClick={() => onSelect(tab)}
          >
            {tab}
          </button>
        ))}
      </div>
      {tabs.map((tab) => (
        <div
          role="tabpanel"
          key={tab}
          id={`panel-${tab}`}
          aria-labelledby={`tab-${tab}`}
          hidden={tab !== selected}
        >
          {visited.current.has(tab) && panels[tab]}
        </div>
      ))}
    </>
  );
}
