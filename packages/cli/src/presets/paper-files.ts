/** The repository of the CLIP that the paper takes, in Hugging Face's layout. */
export const PAPER_CLIP = "openai/clip-vit-large-patch14";

/** What `v2l import --clip` and `v2l codebook build --clip` read of it. */
export const CLIP_FILES = ["config.json", "tokenizer.json", "model.safetensors"] as const;

/** LLaMA-2 7B, in the most exact of the forms that are published without asking for a licence. */
export const PAPER_LLM = "hf:TheBloke/Llama-2-7B-GGUF/llama-2-7b.Q8_0.gguf";

/** Something that nobody may pass on for its owner, or that lies where no command can fetch it. */
export interface ManualFile {
  readonly what: string;
  readonly where: string;
  /** Which option of which command takes it. */
  readonly use: string;
}

/** Where the rest of what the paper's tables need is published. */
export const MANUAL_FILES: readonly ManualFile[] = [
  {
    what:
      "the official tokenizer checkpoint (v2l-decode.pth), both codebooks with their vocabularies, the " +
      "few-shot splits",
    where: "https://drive.google.com/drive/folders/1Z8GxE-WMEijJV-JZmqL7AGzsB0gHk4ow",
    use: "v2l import CHECKPOINT --codebooks FOLDER; v2l eval fewshot --annotations SPLIT",
  },
  {
    what: "Inception-v3 of pytorch-fid, for FID and Inception score",
    where:
      "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
    use: "v2l eval reconstruction --inception FILE",
  },
  {
    what: "VGG16 of torchvision, for LPIPS",
    where: "https://download.pytorch.org/models/vgg16-397923af.pth",
    use: "v2l eval reconstruction --vgg FILE",
  },
  {
    what: "the linear layers of LPIPS for VGG16",
    where:
      "https://github.com/richzhang/PerceptualSimilarity/raw/master/lpips/weights/v0.1/vgg.pth",
    use: "v2l eval reconstruction --lpips FILE",
  },
  {
    what: "ImageNet-1K (ILSVRC 2012), training and validation images",
    where: "https://www.image-net.org/download.php",
    use: "v2l eval reconstruction, v2l eval fewshot (mini-ImageNet is a part of it), v2l eval restore",
  },
  {
    what: "COCO 2014 images and captions",
    where: "https://cocodataset.org/#download",
    use: "v2l eval caption --data IMAGES --annotations captions_val2014.json",
  },
  {
    what: "VQA v2 questions and annotations",
    where: "https://visualqa.org/download.html",
    use: "v2l eval vqa --data IMAGES --questions QUESTIONS --annotations ANNOTATIONS",
  },
];
