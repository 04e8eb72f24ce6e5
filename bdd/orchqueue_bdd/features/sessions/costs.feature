Feature: The cost of a session
  It is counted in millionths, and what has no bound is never spent.

  Background:
    Given the server "fleeting"
    And that tasks go to the pool "brief"
    And that tasks are of the session "talk"

  @OC-CORE-1023
  Scenario: More cost than there is
    When the task "a" of 50 and 151 tokens is submitted
    Then the answer is 403 BUDGET_EXHAUSTED
    And the refusal names the budgets cost

  @OC-CORE-1023
  Scenario: As much cost as there is
    When the task "a" of 50 and 150 tokens is submitted
    Then the task "a" is accepted

  @OC-CORE-1023
  Scenario: Half a millionth is a whole one for a task
    When the task "a" of 10 and 5 tokens is submitted
    Then the task "a" is told that unlimited tokens, unlimited ms and a cost of 0.000462 remain

  @OC-CORE-1023
  Scenario: What a task has cost is settled exactly
    Given the task "a" of 5 tokens has ended
    Then of the cost of the session "talk" just what the task "a" has cost is gone

  @OC-CORE-1023
  Scenario: A budget without a bound is never spent
    When the task "a" of 10 and 20 tokens is submitted with 100000000 ms of time
    Then the task "a" is accepted
    And the task "a" is told that unlimited tokens, unlimited ms and a cost of 0.000425 remain
