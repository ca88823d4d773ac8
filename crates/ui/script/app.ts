// Where scripts begin, once in a document: see "release".
import { first } from "./release";

if (first()) void import("./site");
