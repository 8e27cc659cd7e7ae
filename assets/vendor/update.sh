#!/usr/bin/env bash
# Makes the files of this folder again from the packages of npm, at the versions below. VENDOR.md says what they are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
packages=(preact@11.2.0 htm@3.1.1 @preact/signals@2.11.4 @preact/signals-core@1.14.5 uplot@1.6.32)

work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" "${packages[@]}"
modules=$work/node_modules

# take FILE AS: a browser finds modules by path alone, so that bare names become paths; source maps are not served.
take() {
    sed -E -e 's,(from *["'\''])preact/hooks(["'\'']),\1./hooks.js\2,g' -e 's,(from *["'\''])preact(["'\'']),\1./preact.js\2,g' \
        -e 's,(from *["'\''])@preact/signals-core(["'\'']),\1./signals-core.js\2,g' -e 's,//# sourceMappingURL=.*$,,' \
        "$modules/$1" >"$2"
}
take preact/dist/preact.mjs preact.js
take preact/hooks/dist/hooks.mjs hooks.js
take htm/dist/htm.module.js htm.js
take @preact/signals/dist/signals.module.js signals.js
take @preact/signals-core/dist/signals-core.module.js signals-core.js
take uplot/dist/uPlot.iife.min.js uPlot.js
take uplot/dist/uPlot.min.css uPlot.css
sha256sum -- *.js *.css
