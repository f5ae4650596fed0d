// 缴费: one payment; the answer to its request is heard while the page is open.

import { hearAnswers } from "./requests.js";

hearAnswers();
