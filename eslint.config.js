// Lint rules of the testbench, the scripts and this file itself.
import js from "@eslint/js";
import tseslint from "typescript-eslint";

// Simulated time only: the wall clock and unseeded randomness are known to core alone.
const WALL_CLOCK = [
  { object: "Math", property: "random", message: "Use Random of core: it is seeded." },
  { object: "process", property: "hrtime", message: "Simulated time only; see docs/testbench.md." },
];
const WALL_CLOCK_GLOBALS = ["Date", "setTimeout", "setInterval", "performance"].map((name) => ({
  name,
  message: "Simulated time only; see docs/testbench.md.",
}));

// A layer imports only to its left: core <- bus <- virtio, net <- model <- test.
const LAYERS = {
  core: [],
  bus: ["core"],
  virtio: [],
  net: [],
  model: ["core", "bus", "virtio", "net"],
};
const layerRule = (layer, allowed) => ({
  files: [`tb/src/${layer}/**/*.ts`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            regex: `^\\.\\./(?!(${[...allowed, "\\.\\."].join("|")})/index\\.ts$)`,
            message: `${layer} may import only from ${allowed.length === 0 ? "itself" : allowed.join(", ")}, through index.ts.`,
          },
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ["build/", "coverage/", "node_modules/"] },
  js.configs.recommended,
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly", Buffer: "readonly" } },
  },
  {
    files: ["tb/**/*.ts", "bench/**/*.ts", "verify/**/*.ts", "cosim/**/*.ts", "formal/**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Triggers are thenables: a forgotten await would let a test pass for nothing.
      "@typescript-eslint/no-floating-promises": ["error", { checkThenables: true }],
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      // Cycle and byte counts are printed all the time; a number in a template is never a mistake here.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "no-restricted-properties": ["error", ...WALL_CLOCK],
      "no-restricted-globals": ["error", ...WALL_CLOCK_GLOBALS],
      eqeqeq: "error",
    },
  },
  ...Object.entries(LAYERS).map(([layer, allowed]) => layerRule(layer, allowed)),
  // Core owns the socket, the processes and the speed figures; benchmarks measure how long tools take; real drivers have a clock on the wall.
  {
    files: ["tb/src/core/**/*.ts", "bench/**/*.ts", "cosim/**/*.ts", "formal/**/*.ts"],
    rules: { "no-restricted-properties": "off", "no-restricted-globals": "off" },
  },
  {
    files: ["tb/test/**/*.ts"],
    rules: {
      // chai: expect(x).to.be.true
      "@typescript-eslint/no-unused-expressions": "off",
    },
  },
);
