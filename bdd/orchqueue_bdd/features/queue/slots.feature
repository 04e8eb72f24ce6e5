Feature: Slots
  An engine is never asked for more tasks at once than it has slots.

  Background:
    Given the server "standard"

  @ORCH-3019
  Scenario: An engine of two slots works on two tasks at a time
    Given that 6 tasks were submitted while nothing moved
    When the slots are released
    Then no more than 2 tasks have been at the engine at once

  @ORCH-3019
  Scenario: A task waits while the slots are taken
    Given that the slots are held
    And the task "a" waits
    Then nothing of the task "a" has reached the engine
