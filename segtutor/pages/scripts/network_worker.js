// @ts-check
/** The worker of the networks page: it tells the panoptic answer alone. */
import { answerOf } from "./answers.js";
import { serve } from "./network_session.js";

serve(answerOf);
