// @ts-check
/** The tour: a dozen steps, each with a question, one thing to do, and, once asked for, what there was to notice. */
import { element, setText } from "../shared/canvas.js";
import { tr, trLater } from "../shared/words.js";

/** [box, question, what to do, what to notice] */
export const STEPS = [
  [
    "picture",
    trLater("What do you count?"),
    trLater("Look at the picture: which things touch? Drag one thing so that it touches another of its kind."),
    trLater(
      "You still see two. Whether a network does depends on what it was asked to answer: a class for each pixel, or masks.",
    ),
  ],
  [
    "backbone",
    trLater("What is left of the picture?"),
    trLater("Drag a thing and watch the four stages. In which can you still see its outline?"),
    trLater(
      "Each stage has a quarter of the cells and more channels. At 1/32 a cell knows that a thing is there, hardly where it ends.",
    ),
  ],
  [
    "pixel-decoder",
    trLater("How does a sharp edge come back?"),
    trLater("Compare 1/32 with 1/4. Then open the box and choose another point of the picture."),
    trLater(
      "What the coarse maps understood is added to where the fine ones lie. With deformable attention a cell reads few points, and says itself which.",
    ),
  ],
  [
    "pixel-softmax",
    trLater("Is a pixel ever in doubt?"),
    trLater("Move the pointer slowly across the edge of a thing."),
    trLater(
      "Inside one class has nearly all; along the edge two share. No pixel asks its neighbour what it has decided.",
    ),
  ],
  [
    "components",
    trLater("When do two things become one?"),
    trLater("Pull two things of a class together until they touch, in the upper lane."),
    trLater("Even where the class map is right at every pixel, the count is wrong: a patch is all there is to count."),
  ],
  [
    "queries",
    trLater("Who are these 24?"),
    trLater("Set “Queries and masks after” to “learning”, then to layer 1, 2, 3."),
    trLater(
      "At first the rows are the same for every picture. Each layer writes into them what the query found in this one.",
    ),
  ],
  [
    "masks",
    trLater("What does one query draw?"),
    trLater("Choose framed masks one after the other, then one without a frame."),
    trLater(
      "A framed query found something: one mask, one thing or one kind of ground. The others say “no object”, whatever their masks look like.",
    ),
  ],
  [
    "attention",
    trLater("Where did it look?"),
    trLater("Choose the query of a thing, then open the box and change the head."),
    trLater(
      "Hatched cells lie outside the mask that the query predicted a moment ago: their share is 0, so it reads about its own thing only.",
    ),
  ],
  [
    "class-head",
    trLater("How sure is a query?"),
    trLater("Move a thing half out of the picture, or behind another one."),
    trLater(
      "The class is decided once for the whole mask. What is hardly visible turns to “no object”, and the thing is missed as a whole.",
    ),
  ],
  [
    "masks",
    trLater("How does a vector become a mask?"),
    trLater("Open this box and move the pointer over any map, from outside the thing to inside."),
    trLater("One dot product with each pixel's vector: the sum of 64 products passes 0 where the mask begins."),
  ],
  [
    "merge",
    trLater("Who gets a pixel that two claim?"),
    trLater("Open the box and walk the four steps. Then move the overlap threshold."),
    trLater(
      "Score × mask probability decides each pixel. A query that wins too small a share of its own mask is dropped, and what it had won becomes void.",
    ),
  ],
  [
    "merge",
    trLater("Which network is better here?"),
    trLater("Compare PQ of both lanes while you drag, then try another scene."),
    trLater("One picture says little: PQ jumps when a segment crosses IoU 0.5. Lesson 08 compares networks on many."),
  ],
];

export class Tour {
  constructor(node, step, act) {
    this.act = act;
    this.n = Math.min(STEPS.length - 1, step);
    this.count = element("small");
    this.question = element("b");
    this.todo = element("span");
    this.answer = element("p", { class: "answer" });
    const button = (text, action) => {
      const made = element("button", { type: "button" }, text);
      made.addEventListener("click", action);
      return made;
    };
    this.back = button(tr("Back"), () => this.go(this.n - 1));
    this.next = button(tr("Next"), () => this.go(this.n + 1));
    this.reveal = button(tr("What was there to notice?"), () => {
      this.answer.hidden = !this.answer.hidden;
      this.reveal.setAttribute("aria-expanded", String(!this.answer.hidden));
    });
    node.replaceChildren(
      element("p", {}, this.count, " ", this.question, " ", this.todo),
      this.answer,
      element("p", { class: "steps" }, this.back, this.next, this.reveal),
    );
    this.show();
  }

  go(n) {
    this.put(n);
    this.act.step(n);
    this.act.goTo(STEPS[n][0]);
  }

  /** Another step, which nobody is led to. */
  put(n) {
    this.n = Math.min(STEPS.length - 1, n);
    this.show();
  }

  show() {
    const [, question, todo, notice] = STEPS[this.n];
    setText(this.count, tr("{n} of {all}", { n: this.n + 1, all: STEPS.length }));
    setText(this.question, tr(question));
    setText(this.todo, tr(todo));
    setText(this.answer, tr(notice));
    this.answer.hidden = true;
    this.reveal.setAttribute("aria-expanded", "false");
    this.back.disabled = this.n === 0;
    this.next.disabled = this.n === STEPS.length - 1;
  }
}
