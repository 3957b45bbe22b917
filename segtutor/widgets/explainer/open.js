// @ts-check
/** What an opened box shows: the intuition, then one number of this moment with all its terms. */
import { element, setText } from "../shared/canvas.js";
import { openedAnswers } from "./answers.js";
import { chooser, number, percent, product, shareTable, table, written } from "./parts.js";
import { Plate } from "./plates.js";
import { cellAt, channelsAt, convolutionAt, dotProduct, headSoftmax, samplingPoint, shares } from "./sums.js";
import { tr, trLater, trParts } from "../shared/words.js";

const SIZES = [
  [4, 4],
  [8, 8],
  [16, 16],
]; // of the pixel decoder's levels, coarse to fine
const LESSONS = {
  "00": ["00_what_can_a_network_see", trLater("What can a network see?")],
  "02": ["02_can_a_pixel_decide_alone", trLater("Can a pixel decide alone?")],
  "03": ["03_why_not_classify_masks_instead", trLater("Why not classify masks instead?")],
  "04": ["04_where_do_sharp_masks_come_from", trLater("Where do sharp masks come from?")],
  "05": ["05_how_does_a_cell_read_many_scales", trLater("How does a cell read many scales?")],
  "06": ["06_what_is_a_query", trLater("What is a query?")],
  "07": ["07_why_look_only_inside_the_mask", trLater("Why look only inside the mask?")],
  "08": ["08_pixels_or_masks", trLater("Pixels or masks?")],
  10: ["10_what_does_the_score_mean", trLater("What does the score mean?")],
};

/** @returns {Record<string, {intuition: string, lesson: string, code: string, build: (body: HTMLElement, again: () => void,
 *   signal: AbortSignal) => (now: any, view: any) => void}>} by the box's name */
export function opened(page) {
  const { facts, reading, weights, scene, act } = page,
    { names } = reading;
  const line = (...parts) => element("p", { class: "equation" }, ...parts);

  return {
    picture: {
      intuition: tr("What both networks are asked about. Change it, and everything to the right of it changes."),
      lesson: "00",
      code: "segtutor/data/toytown/scene.py",
      build: (body) => {
        body.append(element("div", { class: "segtutor-widget segtutor-scene" }, scene.tools.node));
        return () => {};
      },
    },

    backbone: {
      intuition: tr(
        "A convolution lays a small pattern of weights over the picture and asks how well it fits, at every cell with the same weights. This is the very first one: what it is given are the pixels themselves.",
      ),
      lesson: "00",
      code: "segtutor/reference/backbones/resnet.py",
      build: (body, again, signal) => {
        let [network, channel] = [1, 0];
        const C = weights["1:stem"].dims[0];
        const colours = [tr("red"), tr("green"), tr("blue")];
        const plates = colours.map((name) =>
          [tr("pixels"), tr("weights"), tr("products")].map((what) => new Plate(`${what}, ${name}`)),
        );
        const parts = ["red", "green", "blue"].map((name) => number(`sum-${name}`)),
          total = number("sum"),
          result = number("result"),
          where = element("span");
        body.append(
          element(
            "p",
            {},
            chooser(
              tr("Network"),
              [tr("classifies pixels"), tr("classifies masks")],
              (n) => {
                network = n;
                again();
              },
              signal,
            ).node,
            chooser(
              tr("Channel"),
              Array.from({ length: C }, (_, n) => String(n)),
              (n) => {
                channel = n;
                again();
              },
              signal,
            ).node,
            where,
          ),
          element(
            "div",
            { class: "convolution" },
            ...plates.map((three, n) =>
              element(
                "div",
                {},
                ...three.map(({ node }, k) =>
                  element(
                    "figure",
                    {},
                    node,
                    element("figcaption", {}, [tr("pixels"), tr("× weights"), tr("= products")][k]),
                  ),
                ),
                element("p", {}, ...trParts("{colour}: sum {sum}", { colour: colours[n], sum: parts[n].node })),
              ),
            ),
          ),
          line(
            ...trParts("sum of all 147 products = {sum}; the network says {result}", {
              sum: total.node,
              result: result.node,
            }),
          ),
        );
        body.querySelector("select").value = String(network);
        return (now, view) => {
          const { pixels, stem } = now.tensors[network],
            cell = cellAt(view.pixel, [64, 64]),
            found = convolutionAt(pixels, weights[`${network}:stem`], stem, channel, cell);
          setText(
            where,
            ` ${tr("at cell ({cell}) of 64 by 64; 7 by 7 pixels around it, normalised", { cell: cell.join(", ") })}`,
          );
          found.terms.forEach((part, n) => {
            const columns = [
              part.map(({ given }) => given),
              part.map(({ weight }) => weight),
              part.map((one) => one.given * one.weight),
            ];
            columns.forEach((values, k) =>
              plates[n][k].signed(
                values,
                0,
                [7, 7],
                k === 0 ? 2.5 : Math.max(1e-9, ...values.map(Math.abs)),
                tr("red above 0, blue below"),
              ),
            );
            parts[n].show(found.sums[n]);
          });
          total.show(found.sum);
          result.show(found.result);
        };
      },
    },

    "pixel-decoder": {
      intuition: tr(
        "A cell does not compare itself with all others. It says where it wants to read, a few points on each level, and how much each counts. Points fall between cells: what is read there is a mean of the four around.",
      ),
      lesson: "05",
      code: "segtutor/reference/layers/deformable.py",
      build: (body, again, signal) => {
        let [head, level, point, channel] = [0, 2, 0, 0];
        const picture = new Plate(tr("The picture with the points that this cell reads, of one head")),
          dots = Array.from({ length: 12 }, () => element("i", { class: "dot", "aria-hidden": "true" })),
          corners = table(tr("Four cells around the point"), [
            tr("cell"),
            tr("share"),
            tr("value"),
            tr("share × value"),
          ]),
          [read, weight, added, where] = [number("read"), number("weight"), number("added"), element("span")];
        picture.node.classList.add("large");
        picture.node.append(...dots);
        const choose = (label, count, set, words = (n) => String(n)) =>
          chooser(
            label,
            Array.from({ length: count }, (_, n) => words(n)),
            (n) => {
              set(n);
              again();
            },
            signal,
          );
        const levelChoice = choose(
          tr("Level"),
          3,
          (n) => (level = n),
          (n) => `1/${[32, 16, 8][n]}`,
        );
        levelChoice.select.value = "2";
        body.append(
          element(
            "p",
            {},
            choose(tr("Head"), 4, (n) => (head = n)).node,
            levelChoice.node,
            choose(tr("Point"), 4, (n) => (point = n)).node,
            choose(tr("Channel of the head"), 16, (n) => (channel = n)).node,
          ),
          element(
            "div",
            { class: "beside" },
            picture.node,
            element(
              "div",
              {},
              element("p", {}, where),
              corners.node,
              line(
                ...trParts("read = {read}; × weight of the point {weight} = {added}", {
                  read: read.node,
                  weight: weight.node,
                  added: added.node,
                }),
              ),
              element(
                "p",
                { class: "note" },
                tr(
                  "Twelve such products, over levels and points, add up to what the head brings home. Rings on the picture: the head's twelve points, larger where they count more; filled: this one.",
                ),
              ),
            ),
          ),
        );
        return (now, view) => {
          const tensors = now.tensors[1],
            [x, y] = cellAt(view.pixel, SIZES[2]),
            cell = 16 + 64 + 16 * y + x,
            asked = { cell, head, level, point, channel, heads: 4 },
            found = samplingPoint(tensors, asked, SIZES);
          picture.pixels(facts.state.size[1], facts.state.size[0]).set(now.image);
          picture.show();
          dots.forEach((dot, n) => {
            const place = (cell * 4 + head) * 12 + n,
              size = 5 + 30 * Math.sqrt(tensors.point_weights.data[place]);
            Object.assign(dot.style, {
              left: `${100 * tensors.points.data[2 * place]}%`,
              top: `${100 * tensors.points.data[2 * place + 1]}%`,
              width: `${size}px`,
              height: `${size}px`,
            });
            dot.classList.toggle("filled", n === 4 * level + point);
          });
          setText(
            where,
            tr("Cell ({x}, {y}) of the 1/8 map reads level 1/{stride} at ({place}) in cells of it.", {
              x,
              y,
              stride: [32, 16, 8][level],
              place: found.at.map(written).join(", "),
            }),
          );
          corners.show(
            found.corners.map((one) => [
              `(${one.x}, ${one.y})`,
              written(one.share),
              written(one.value),
              written(one.share * one.value),
            ]),
          );
          read.show(found.read);
          weight.show(found.weight);
          added.show(found.read * found.weight);
        };
      },
    },

    "pixel-head": {
      intuition: tr(
        "Each class has a vector of weights, a pixel has a vector of features. The more they point the same way, the larger the logit. It is the same for every pixel: no pixel knows which thing it belongs to.",
      ),
      lesson: "02",
      code: "segtutor/reference/per_pixel/upernet_head.py",
      build: (body, again, signal) => {
        let label = 0;
        const sum = product(tr("class weights"), tr("pixel's features")),
          [total, bias, logit, result] = ["sum", "bias", "logit", "result"].map(number);
        body.append(
          element(
            "p",
            {},
            chooser(
              tr("Class"),
              names,
              (n) => {
                label = n;
                again();
              },
              signal,
            ).node,
          ),
          sum.node,
          line(
            ...trParts("sum {sum} + bias {bias} = logit {logit}; the network says {result} at this cell of 32 by 32", {
              sum: total.node,
              bias: bias.node,
              logit: logit.node,
              result: result.node,
            }),
          ),
        );
        return (now, view) => {
          const { fused, cell_logits: cells } = now.tensors[0],
            [x, y] = cellAt(view.pixel, [32, 32]),
            row = weights["0:classifier"].data.subarray(64 * label, 64 * label + 64),
            features = channelsAt(fused, [x, y]),
            found = dotProduct(row, features),
            b = weights["0:bias"].data[label];
          sum.show(row, features, found.terms);
          total.show(found.sum);
          bias.show(b);
          logit.show(found.sum + b);
          result.show(cells.data[(label * 32 + y) * 32 + x]);
        };
      },
    },

    "pixel-softmax": distribution(
      tr(
        "Logits become shares that add up to 1: each is a power of e, divided by the sum of all. One logit more than the next is almost three times its share.",
      ),
      "02",
      "segtutor/models/labels.py",
      (now, view) => reading.pixelLogits(now, view.pixel),
    ),
    argmax: {
      intuition: tr(
        "The class with the largest logit wins the pixel, however small its lead. Where the lead is small a border runs.",
      ),
      lesson: "02",
      code: "segtutor/inference/components.py",
      build: (body) => {
        const [first, second, lead] = ["first", "second", "lead"].map(number),
          [one, two] = [element("b"), element("b")];
        body.append(
          line(
            ...trParts("{one} {first} − {two} {second} = a lead of {lead}", {
              one,
              first: first.node,
              two,
              second: second.node,
              lead: lead.node,
            }),
          ),
        );
        return (now, view) => {
          const logits = reading.pixelLogits(now, view.pixel),
            order = [...logits.keys()].sort((a, b) => logits[b] - logits[a]);
          setText(one, names[order[0]]);
          setText(two, names[order[1]]);
          first.show(logits[order[0]]);
          second.show(logits[order[1]]);
          lead.show(logits[order[0]] - logits[order[1]]);
        };
      },
    },

    queries: {
      intuition: tr(
        "A query begins as a learned vector that has seen no picture. Each layer adds what it read: how far did it move?",
      ),
      lesson: "06",
      code: "segtutor/reference/decoders/masked_decoder.py",
      build: (body, _again, signal) => {
        const made = table(tr("The query after each layer"), [
          tr("after"),
          tr("length"),
          tr("moved by"),
          tr("most probable class"),
          tr("its share"),
        ]);
        const rows = Array.from({ length: facts.queries }, (_, query) => {
          const box = element("input", { type: "checkbox", "data-takes-part": query }),
            says = element("span");
          box.addEventListener("change", () => act.takePart(query, box.checked), { signal });
          return { box, says, node: element("li", {}, element("label", {}, box, " ", says)) };
        });
        body.append(
          made.node,
          element("h3", {}, tr("Which queries take part in the merge?")),
          element(
            "p",
            {},
            tr(
              "Take one away: what it had won goes to whoever claims it next, or stays void. The others were computed with it in their midst, and stay as they are.",
            ),
          ),
          element("ul", { class: "takes-part" }, ...rows.map(({ node }) => node)),
        );
        return (now, view) => {
          rows.forEach(({ box, says, node }, query) => {
            box.checked = !now.without.includes(query);
            const { label, score } = now.found[query];
            setText(says, `${query}: ${names[label] ?? tr("no object")}, ${percent(score)}`);
            node.classList.toggle("finds", label < names.length);
          });
          const {
            dims: [layers, Q, C],
            data,
          } = now.tensors[1].states;
          const at = (n) => data.subarray((n * Q + view.query) * C, (n * Q + view.query + 1) * C);
          made.show(
            Array.from({ length: layers }, (_, n) => {
              const { shares: found } = shares(reading.classLogits(now, { layer: n, query: view.query })),
                best = found.indexOf(Math.max(...found));
              const moved = n ? Math.hypot(...at(n).map((value, c) => value - at(n - 1)[c])) : 0;
              return [
                n ? tr("layer {n}", { n }) : tr("learning"),
                { name: `length-${n}`, value: Math.hypot(...at(n)) },
                { name: `moved-${n}`, value: moved },
                names[best] ?? tr("no object"),
                { name: `best-${n}`, value: found[best], text: percent(found[best]) },
              ];
            }),
            view.layer,
          );
        };
      },
    },

    attention: {
      intuition: tr(
        "The query asks, each cell has a key; where they agree, the query reads. Masked attention adds a rule: cells outside the mask that the query predicted a moment ago get no share at all, however well they agree.",
      ),
      lesson: "07",
      code: "segtutor/reference/layers/attention.py",
      build: (body, again, signal) => {
        let [layer, head] = [2, 0];
        const plate = new Plate(tr("Shares of one head over the cells")),
          made = table(tr("The cells with the largest shares, and the marked pixel's"), [
            tr("cell"),
            "q · k / √16",
            tr("allowed"),
            tr("exp(score − largest allowed)"),
            tr("share"),
          ]),
          [sum, here, given, count] = ["sum", "share", "given", "allowed"].map(number);
        plate.node.classList.add("large");
        const layerChoice = chooser(
          tr("Layer"),
          [1, 2, 3].map((n) => tr("{n}, reads 1/{stride}", { n, stride: [32, 16, 8][n - 1] })),
          (n) => {
            layer = n;
            again();
          },
          signal,
        );
        layerChoice.select.value = "2";
        body.append(
          element(
            "p",
            {},
            layerChoice.node,
            chooser(
              tr("Head"),
              ["0", "1", "2", "3"],
              (n) => {
                head = n;
                again();
              },
              signal,
            ).node,
          ),
          element(
            "div",
            { class: "beside" },
            plate.node,
            element(
              "div",
              {},
              made.node,
              line(
                ...trParts(
                  "the powers of the {n} allowed cells add up to {sum}; the marked pixel's cell: {here}, the network says {given}",
                  { n: count.node, sum: sum.node, here: here.node, given: given.node },
                ),
              ),
            ),
          ),
        );
        return (now, view) => {
          const found = headSoftmax(now.tensors[1], layer, head, view.query, facts.heads),
            [w, h] = SIZES[layer],
            [x, y] = cellAt(view.pixel, [w, h]),
            cell = y * w + x;
          plate.heat(found.shares, 0, [w, h], Math.max(...found.shares), found.allowed);
          const order = [...found.shares.keys()].sort((a, b) => found.shares[b] - found.shares[a]).slice(0, 5);
          if (!order.includes(cell)) order.push(cell);
          made.show(
            order.map((s) => [
              `(${s % w}, ${Math.floor(s / w)})`,
              { name: `score-${s}`, value: found.scores[s] },
              found.allowed[s] ? tr("yes") : tr("no"),
              { name: `power-${s}`, value: found.powers[s] },
              { name: `share-${s}`, value: found.shares[s], text: percent(found.shares[s]) },
            ]),
            order.indexOf(cell),
          );
          count.show(
            found.allowed.reduce((a, b) => a + b, 0),
            String(found.allowed.reduce((a, b) => a + b, 0)),
          );
          sum.show(found.sum);
          here.show(found.shares[cell], percent(found.shares[cell]));
          given.show(found.given[cell], percent(found.given[cell]));
        };
      },
    },

    "class-head": distribution(
      tr(
        "A query says what it found: one of the classes, or that it found nothing, which is a class of its own. This is decided once a mask, not once a pixel.",
      ),
      "03",
      "segtutor/reference/models/mask2former.py",
      (now, view) => reading.classLogits(now, view),
    ),

    masks: {
      intuition: tr(
        "The query makes a vector, each pixel has one. Their dot product is the mask's logit at that pixel: above 0 the pixel is inside. So one vector draws a whole mask.",
      ),
      lesson: "03",
      code: "segtutor/reference/decoders/masked_decoder.py",
      build: (body) => {
        const sum = product(tr("mask embedding"), tr("pixel's embedding")),
          [total, result, probability] = ["sum", "result", "probability"].map(number),
          who = element("p");
        body.append(
          who,
          sum.node,
          line(
            ...trParts(
              "sum of the 64 products = logit {sum}; the network says {result}; probability 1 / (1 + exp(−logit)) = {probability}",
              { sum: total.node, result: result.node, probability: probability.node },
            ),
          ),
        );
        return (now, view) => {
          const { embeddings, mask_features: features, all_mask_logits: logits } = now.tensors[1],
            [, Q, C] = embeddings.dims,
            [x, y] = cellAt(view.pixel, [32, 32]);
          const row = embeddings.data.subarray(
              (view.layer * Q + view.query) * C,
              (view.layer * Q + view.query + 1) * C,
            ),
            pixel = channelsAt(features, [x, y]),
            found = dotProduct(row, pixel);
          setText(who, tr("Query {q} and cell ({x}, {y}) of the 32 by 32 mask features.", { q: view.query, x, y }));
          sum.show(row, pixel, found.terms);
          total.show(found.sum);
          result.show(logits.data[((view.layer * Q + view.query) * 32 + y) * 32 + x]);
          probability.show(1 / (1 + Math.exp(-found.sum)), percent(1 / (1 + Math.exp(-found.sum))));
        };
      },
    },
    ...openedAnswers(page),
  };

  function distribution(intuition, lesson, code, logitsOf) {
    return {
      intuition,
      lesson,
      code,
      build: (body) => {
        const made = shareTable(tr("From logits to shares")),
          sum = number("sum");
        body.append(
          line(...trParts("the powers add up to {sum}; a share is a power divided by it", { sum: sum.node })),
          made.node,
        );
        return (now, view) => {
          const logits = logitsOf(now, view),
            found = shares(logits);
          sum.show(found.sum);
          made.show(names, logits, found);
        };
      },
    };
  }
}

/** The panel below the diagram. */
export class Opened {
  constructor(node, page, close) {
    this.node = node;
    this.page = page;
    this.close = close;
    this.kinds = opened(page);
    this.name = null;
    /** @type {(now: any, view: any) => void} */
    this.update = () => {};
  }

  /** Shows a box, or nothing (null). @param {() => void} again draws what is open once more */
  show(box, again) {
    this.ended?.abort();
    this.node.replaceChildren();
    this.name = box?.name ?? null;
    this.node.hidden = !box;
    this.update = () => {};
    if (!box) return;
    this.ended = new AbortController();
    const { intuition, lesson, code, build } = this.kinds[box.name],
      [slug, question] = LESSONS[lesson],
      body = element("div", { class: "numbers" }),
      shut = element("button", { type: "button", class: "shut" }, tr("Close"));
    shut.addEventListener("click", this.close);
    this.node.setAttribute("aria-label", tr("{box}, opened", { box: box.title }));
    this.node.append(
      element("header", {}, element("h2", { tabindex: -1 }, box.title), shut),
      element("p", { class: "intuition" }, intuition),
      body,
      element(
        "p",
        { class: "links" },
        ...trParts("In a lesson: {lesson} (where the course's pages lie beside this one). In code: {code}", {
          lesson: element("a", { href: `${slug}.html` }, `${lesson}, ${tr(question)}`),
          code: element("code", {}, code),
        }),
      ),
    );
    this.update = build(body, again, this.ended.signal);
  }
}
