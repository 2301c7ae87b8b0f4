import type { RestorationTask } from "v2l";
import { PAPER_CLIP, PAPER_LLM } from "./paper-files.js";

/** A number of the paper. */
export interface Published {
  readonly metric: string;
  readonly value: number;
}

/** A row of a table of the paper, or several that one command gives. */
export interface PaperRow {
  readonly row: string;
  /** What gives our number for it; null where nothing does. */
  readonly command: string | null;
  /** Null where the number is not known here. */
  readonly published: readonly Published[] | null;
}

export interface PaperTable {
  readonly title: string;
  /** What the paper measures. */
  readonly metrics: string;
  /** What must be on the disk, besides bundle and language model. */
  readonly inputs: readonly string[];
  readonly rows: readonly PaperRow[];
  /** In what the numbers of the command differ from the paper's. */
  readonly notes: readonly string[];
}

const BUNDLE = "--bundle paper-bundle";
const READERS = `${BUNDLE} --llm ${PAPER_LLM}`;

const SHOTS = [1, 3, 5] as const;
const SPLITS = [2, 5].flatMap((ways) => {
  return SHOTS.map((shots) => `--annotations fewshot_split/${ways}_way_${shots}_shot.csv`);
});
const FEW_SHOT = `v2l eval fewshot ${READERS} --data mini-imagenet --names imagenet_class_index.json`;
/** More than the files have. */
const ALL_EPISODES = "--episodes 1000000";

const FEW_SHOT_INPUTS = [
  "mini-imagenet: ImageNet's images in folders of their classes, n01440764 and so on",
  "fewshot_split: the official splits, from the drive of the checkpoint",
  'imagenet_class_index.json: the names of the classes, {"0": ["n01440764", "tench"], ...}',
];

const TASKS: readonly RestorationTask[] = [
  "inpainting",
  "outpainting",
  "deblur",
  "rotation",
  "shift",
];

function fewShotRow(words: number): PaperRow {
  return {
    row: `${words} words, 2- and 5-way, 1, 3 and 5 shots`,
    command: `${FEW_SHOT} ${SPLITS.join(" ")} ${ALL_EPISODES} --words ${words} --protocol paper`,
    published: null,
  };
}

/** Every table of the paper, with what is needed to make it again. */
export const PAPER_TABLES: readonly PaperTable[] = [
  {
    title: "Vocabulary: the global codebook (section 3.1)",
    metrics: "entries that stay of 96,000 subwords, bigrams and trigrams",
    inputs: [
      `${PAPER_CLIP}: the folder that \`v2l pull paper\` names`,
      "imagenet/train: the training images, which vote",
    ],
    rows: [
      {
        row: "entries with more than 100 votes",
        command:
          `v2l codebook build --llm ${PAPER_LLM} --clip ${PAPER_CLIP} --images imagenet/train ` +
          "--dir codebooks --style official",
        published: [{ metric: "entries", value: 11908 }],
      },
    ],
    notes: ["Equal texts are one entry here; the official code keeps them apart."],
  },
  {
    title: "Few-shot classification on mini-ImageNet",
    metrics: "accuracy",
    inputs: FEW_SHOT_INPUTS,
    rows: [fewShotRow(5), fewShotRow(21)],
    notes: [
      "One command gives a row of the table for each split, beside controls.",
      "--protocol paper counts a text that begins with the name, as the official evaluation does; without it every class is scored.",
    ],
  },
  {
    title: "Few-shot classification: instruction, repetition, vocabulary",
    metrics: "accuracy",
    inputs: FEW_SHOT_INPUTS,
    rows: [
      {
        row: "5-way 1-shot without the instruction",
        command: `${FEW_SHOT} --annotations fewshot_split/5_way_1_shot.csv ${ALL_EPISODES} --protocol paper --bare`,
        published: null,
      },
      ...[1, 3, 5].map((repeats) => ({
        row: `5-way 1-shot, examples repeated ${repeats === 1 ? "once" : `${repeats} times`}`,
        command: `${FEW_SHOT} --annotations fewshot_split/5_way_1_shot.csv ${ALL_EPISODES} --protocol paper --repeats ${repeats}`,
        published: null,
      })),
      {
        row: "shots, instruction, repetition, 21 words against 5, bigrams and trigrams",
        command: `${FEW_SHOT} --images 100 --observations`,
        published: null,
      },
    ],
    notes: [
      "The last command draws its own 5-way episodes from the folders and tests each difference on the same ones.",
    ],
  },
  {
    title: "Image captioning",
    metrics: "captions to look at; `--json` has some of ours",
    inputs: [
      "coco/val2014: COCO's validation images of 2014",
      "coco/captions_val2014.json: their captions",
    ],
    rows: [
      {
        row: "COCO 2014",
        command: `v2l eval caption ${READERS} --places 0 --data coco/val2014 --annotations coco/captions_val2014.json --images 5000`,
        published: null,
      },
    ],
    notes: ["Examples are captions of other images of the same file."],
  },
  {
    title: "Visual question answering",
    metrics: "answers to look at; `--json` has some of ours",
    inputs: [
      "coco/val2014: COCO's validation images of 2014",
      "vqa: VQA v2's questions and annotations about them",
    ],
    rows: [
      {
        row: "VQA v2",
        command:
          `v2l eval vqa ${READERS} --places 0 --data coco/val2014 ` +
          "--questions vqa/v2_OpenEnded_mscoco_val2014_questions.json " +
          "--annotations vqa/v2_mscoco_val2014_annotations.json --images 1000",
        published: null,
      },
    ],
    notes: ["Examples are questions about other images of the same files."],
  },
  {
    title: "Reconstruction of ImageNet-1K's validation images at 128x128",
    metrics: "FID, LPIPS, PSNR",
    inputs: [
      "imagenet: with val/",
      "pt_inception-2015-12-05-6726825d.pth, vgg16-397923af.pth, vgg.pth: see `v2l pull paper`",
    ],
    rows: [
      {
        row: "V2L Tokenizer",
        command:
          `v2l eval reconstruction imagenet ${BUNDLE} --inception pt_inception-2015-12-05-6726825d.pth ` +
          "--vgg vgg16-397923af.pth --lpips vgg.pth --out reconstruction",
        published: [{ metric: "FID", value: 3.41 }],
      },
      {
        row: "VQ-GAN, for comparison",
        command: null,
        published: [{ metric: "FID", value: 5.48 }],
      },
    ],
    notes: [
      "The official script resizes to 256x256 whatever --image_size says; the command takes the bundle's size, 128.",
      "VQ-GAN has no command: its checkpoints are no bundles.",
    ],
  },
  {
    title: "Denoising of ImageNet-1K's validation images",
    metrics: "FID, LPIPS",
    inputs: [
      "imagenet/val: validation images",
      "imagenet/train: the pictures of the blind protocol",
    ],
    rows: TASKS.map((task) => ({
      row: task,
      command:
        `v2l eval restore ${READERS} --task ${task} --data imagenet/val --pool-data imagenet/train ` +
        "--images 5000 --random-images 0 --protocol paper",
      published: null,
    })),
    notes: [
      "The command gives tokens right, PSNR and SSIM inside the damaged region; FID and LPIPS of restored pictures are not measured.",
      "Read the numbers beside the vote of the ten copies, which needs no model: the paper's prompts hold most of the answer.",
    ],
  },
];
