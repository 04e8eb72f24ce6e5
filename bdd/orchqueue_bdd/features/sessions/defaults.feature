Feature: Sessions of a server that is told nothing of them
  Ten minutes and eight turns.

  Background:
    Given the server "standard"
    And that nothing is configured of sessions
    And that tasks are of the session "talk"

  @ORCH-3021
  Scenario: A session lives ten minutes
    Given the task "a" has ended
    Then the session "talk" has ten minutes

  @ORCH-3021
  Scenario: A session has eight turns
    Given that the session has had 8 turns
    When the task "ninth" is submitted
    Then the answer is 403 BUDGET_EXHAUSTED
