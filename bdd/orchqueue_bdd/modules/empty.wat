;; A module that exports nothing.
(module)
