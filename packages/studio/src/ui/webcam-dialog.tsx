import { useEffect, useRef, useState } from "preact/hooks";
import { Modal } from "./modal.js";

interface Props {
  readonly onPicture: (file: File) => void;
  readonly onClose: () => void;
}

/** Takes a picture with the camera, which is switched off with the dialog. */
export function WebcamDialog({ onPicture, onClose }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let closed = false;
    const opened = openCamera();
    opened.then(
      (stream) => {
        if (!closed && video.current) video.current.srcObject = stream;
      },
      (cause: unknown) => setError(cameraError(cause)),
    );
    return () => {
      closed = true;
      opened.then(
        (stream) => {
          for (const track of stream.getTracks()) track.stop();
        },
        () => {},
      );
    };
  }, []);

  async function take() {
    if (video.current) onPicture(await frameOf(video.current));
  }

  return (
    <Modal title="Camera" onClose={onClose}>
      <div class="stack">
        {error === null ? (
          <video
            ref={video}
            autoplay
            muted
            playsInline
            aria-label="What the camera sees"
            onLoadedData={() => setReady(true)}
          />
        ) : (
          <p role="alert" class="warning">
            {error}
          </p>
        )}
        <div class="actions">
          <button type="button" class="primary" disabled={!ready} onClick={take}>
            Take the picture
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </div>
    </Modal>
  );
}

async function openCamera(): Promise<MediaStream> {
  // Browsers hide it on pages that came over the network without TLS.
  if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
  return navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
}

function cameraError(cause: unknown): string {
  const name = cause instanceof DOMException ? cause.name : "";
  if (name === "NotAllowedError") return "The browser was not allowed to use the camera.";
  if (name === "NotFoundError") return "There is no camera.";
  if (name === "SecurityError")
    return "Browsers lend the camera to this machine's pages and over HTTPS only.";
  return "The camera cannot be used. Perhaps another program has it.";
}

async function frameOf(video: HTMLVideoElement): Promise<File> {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new File([await canvas.convertToBlob({ type: "image/png" })], "camera.png", {
    type: "image/png",
  });
}
