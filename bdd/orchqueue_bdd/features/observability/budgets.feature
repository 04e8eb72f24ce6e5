Feature: Labels have budgets
  A label without a bound fills the memory of whoever collects the series, and that of the server first.

  @OC-METRICS-7102
  Scenario: What is past the budget of a label becomes one, and that is said once
    Given a server of its own with more pools than their label has values
    Then the label keeps its budget, and the pools beyond it are one
    And no sample stands more than once
    And one line of the log says so, however often the metrics are read
