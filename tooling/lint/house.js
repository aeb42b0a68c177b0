// oxlint loads plugins as they are, so this one file is JavaScript.

/** `export *` hides what a module exports from its reader. */
const noExportAll = {
  create: (context) => ({
    ExportAllDeclaration: (node) =>
      context.report({ node, message: "Name every export; `export *` is not used here." }),
  }),
};

/** `x as unknown as T` says that the types are wrong; a guard or a better type says why. */
const noDoubleAssertion = {
  create: (context) => ({
    TSAsExpression(node) {
      if (node.expression.type === "TSAsExpression") {
        context.report({ node, message: "Do not assert twice; narrow with a guard instead." });
      }
    },
  }),
};

export default {
  meta: { name: "house" },
  rules: { "no-export-all": noExportAll, "no-double-assertion": noDoubleAssertion },
};
