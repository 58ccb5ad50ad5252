// Karlo's form with small random weights, made by models/training/karlo/golden.py.
import { fileURLToPath } from "node:url";

export const KARLO = fileURLToPath(new URL("../../bundles/karlo", import.meta.url));
