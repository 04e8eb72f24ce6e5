Feature: Deadlines are accounted for
  How many were met is told as it changes.

  Background:
    Given the server "scheduled"
    And that tasks go to the pool "strict"

  @ORCH-3081
  Scenario: A missed deadline lowers the share of those met, and met ones raise it
    Given that a batch task has met its deadline
    When a batch task misses its deadline
    Then the deadlines met by batch tasks are fewer
    When a batch task meets its deadline
    Then the deadlines met by batch tasks are more

  @ORCH-3081
  Scenario: Streams tell how likely the deadline is met
    Given the task "a" of 20 tokens has ended
    Then each metrics event of the task "a" tells a probability
