// `npm run robustness`: all of them, one after the other; exit code 1 when one has broken its promise.

for (const part of ['drain', 'death', 'overload', 'abuse', 'soak']) await import(`./${part}.ts`)
