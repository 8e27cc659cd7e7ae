# What is to be done when the shell exits, by whichever of the servers' scripts; sourced by them.

# at_exit FUNCTION: calls it when the shell exits, the last one first.
at_exit() {
    exit_functions=("$1" "${exit_functions[@]}")
    trap 'for exit_function in "${exit_functions[@]}"; do "$exit_function"; done' EXIT
}
exit_functions=()
