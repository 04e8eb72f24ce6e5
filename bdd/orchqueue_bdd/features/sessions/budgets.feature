Feature: Budgets of a session
  A conversation takes no more than it may, however many of its tasks come at once.

  Background:
    Given the server "sessions"
    And that tasks go to the pool "talks"
    And that tasks are of the session "talk"

  @ORCH-3099
  Scenario: What a session may not have is refused before it is queued
    When the task "a" of 10 and 300 tokens is submitted
    Then the answer is 403 BUDGET_EXHAUSTED
    And nothing of the task "a" has reached the engine

  @OC-CORE-1023
  Scenario: More tokens than there are
    Given the series are counted from now on
    When the task "a" of 50 and 151 tokens is submitted
    Then the answer is 403 BUDGET_EXHAUSTED
    And the refusal names the budgets tokens
    And the counter tasks_rejected_total with reason "BUDGET_EXHAUSTED" has grown by 1

  @OC-CORE-1023
  Scenario: As many tokens as there are
    When the task "a" of 50 and 150 tokens is submitted
    Then the task "a" is accepted

  @OC-CORE-1023
  Scenario: More time than there is
    When the task "a" of 10 and 5 tokens is submitted with 100001 ms of time
    Then the answer is 403 BUDGET_EXHAUSTED
    And the refusal names the budgets time_ms

  @OC-CORE-1023
  Scenario: As much time as there is
    When the task "a" of 10 and 5 tokens is submitted with 100000 ms of time
    Then the task "a" is accepted

  @OC-CORE-1023
  Scenario: More turns than there are
    Given that the session has had 4 turns
    When the task "fifth" of 10 and 5 tokens is submitted
    Then the answer is 403 BUDGET_EXHAUSTED
    And the refusal names the budgets turns

  @OC-CORE-1023
  Scenario: Each budget that is exceeded is named
    Given that the session has had 4 turns
    When the task "fifth" of 10 and 300 tokens is submitted with 200000 ms of time
    Then the refusal names the budgets time_ms and tokens and turns

  @OC-CORE-1023
  Scenario: A refusal names engine and pool, and is final
    When the task "a" of 10 and 300 tokens is submitted
    Then the envelope names the engine and the pool
    And it says truly whether to try again

  @OC-CORE-1023
  Scenario: A task holds no more time than its pool lets it run
    Given that tasks go to the pool "walled"
    When the task "a" of 10 and 5 tokens is submitted with 600000 ms of time
    Then the task "a" is told that 185 tokens, 95000 ms and a cost of unlimited remain

  @OC-CORE-1023
  Scenario: A second task finds what the first may still need taken
    Given that the slots are held
    When the task "a" of 10 and 110 tokens is submitted
    And the task "b" of 10 and 110 tokens is submitted
    Then the answer is 403 BUDGET_EXHAUSTED
    And the refusal names the budgets tokens

  @OC-CORE-1023
  Scenario: What the first did not need is there for the second
    Given the task "a" of 5 tokens has ended
    When the task "b" of 10 and 174 tokens is submitted
    Then the task "b" is accepted

  @OC-CORE-1023
  Scenario Outline: A task that <course> settles what it has used
    Given a task "a" that <course>
    Then of the session "talk" just what the task "a" has used is gone

    Examples:
      | course                       |
      | completes                    |
      | stops by itself              |
      | is cancelled while it runs   |
      | is cancelled while it waits  |
      | loses its engine             |
      | meets a failing engine       |

  @OC-CORE-1023
  Scenario: A task that is repeated holds nothing more
    Given that the slots are held
    When the task "a" of 10 and 50 tokens is submitted with 30000 ms of time
    And the task "a" is submitted again
    Then the session "talk" has 140 tokens, 70000 ms and a cost of unlimited left
    And the session "talk" has had 1 turns

  @OC-CORE-1023
  Scenario: A task that is refused for another reason holds nothing
    Given the task "a" has ended
    When the task "b" of 10 and 50 tokens is submitted with 0 ms of time
    Then the answer is 400 DEADLINE_UNMET
    And the session "talk" has had 1 turns
    And of the session "talk" just what the task "a" has used is gone

  @OC-CORE-1023
  Scenario: The budgets of one session bind no other
    Given that the session has had 4 turns
    When tasks are of the session "other" from now on
    And the task "a" of 10 and 190 tokens is submitted with 100000 ms of time
    Then the task "a" is accepted

  @OC-CORE-1023
  Scenario: Tenants that use one id have a session each
    Given that the session has had 4 turns
    When the task "b" is submitted with the key "stranger"
    Then the task "b" is accepted
