Feature: Preemption
  Batch work gives way where interactive work would come too late, and nothing of it is lost.

  Background:
    Given the server "scheduled"

  @ORCH-3085
  Scenario: Batch is held back while interactive tasks miss their objective
    Given that tasks go to the pool "soft"
    And that the slots are held
    And the batch task "patient" waits
    And the interactive task "first" waits
    And the interactive task "second" waits
    When interactive tasks have waited beyond their objective
    And the slots are released
    Then they start in the order "first", "second", "patient"

  @ORCH-3085
  Scenario: Batch has its turn while interactive tasks come in time
    Given that tasks go to the pool "calm"
    And that the slots are held
    And the batch task "patient" waits
    And the interactive task "first" waits
    And the interactive task "second" waits
    When the slots are released
    Then they start in the order "patient", "first", "second"

  @ORCH-3086
  Scenario: A running batch task makes room, says so, and goes on later
    Given that tasks go to the pool "hard"
    And the batch task "older" runs and has sent some tokens
    And the batch task "younger" runs and has sent some tokens
    When the urgent task "urgent" comes
    Then the task "urgent" reaches the engine
    And the stream of the task "younger" says that it was preempted and can go on
    And the task "younger" ends normally

  @OC-CORE-1052
  Scenario: The youngest is stopped, and goes on from what it had
    Given that tasks go to the pool "hard"
    And the batch task "older" runs and has sent some tokens
    And the batch task "younger" runs and has sent some tokens
    When the urgent task "urgent" comes
    Then the task "younger" is stopped at the engine
    And the task "older" goes on at the engine
    And the stream of the task "older" says nothing of it
    And the engine goes on with the task "younger" from the tokens that it had sent
    And the task "younger" has all its tokens in order

  @OC-CORE-1052
  Scenario: What was stopped waits at the head of its class
    Given that tasks go to the pool "hard"
    And the batch task "older" runs and has sent some tokens
    And the batch task "younger" runs and has sent some tokens
    And the batch task "behind" waits
    When the urgent task "urgent" comes
    Then the task "younger" is at the engine again before the task "behind" is

  @OC-CORE-1052
  Scenario: A strict task is not stopped
    Given that tasks go to the pool "hard"
    And the batch task "older" runs and has sent some tokens
    And the strict batch task "strict" runs and has sent some tokens
    When the urgent task "urgent" comes
    Then the task "older" is stopped at the engine
    And the task "strict" goes on at the engine

  @OC-CORE-1052
  Scenario: No more are stopped than the pool allows in a minute
    Given that tasks go to the pool "sparing"
    And the batch task "older" runs and has sent some tokens
    And the batch task "younger" runs and has sent some tokens
    And the urgent task "urgent" has come and keeps its slot
    When the urgent task "too" comes
    Then 1 task is stopped and no more

  @OC-CORE-1052
  Scenario Outline: Nobody is stopped on the pool "<pool>", <because>
    Given that tasks go to the pool "<pool>"
    And the batch task "running" runs and has sent some tokens
    When the urgent task "urgent" comes
    And interactive tasks have waited beyond their objective
    Then the task "running" goes on at the engine

    Examples:
      | pool     | because                                 |
      | stubborn | whose engine cannot be interrupted      |
      | content  | whose interactive tasks are not too late |

  @ORCH-3087
  Scenario: Those stopped and those that go on are counted
    Given that tasks go to the pool "hard"
    And the batch task "older" runs and has sent some tokens
    And the batch task "younger" runs and has sent some tokens
    And the series are counted from now on
    When the urgent task "urgent" comes
    Then these series have grown by
      | series            | labels    | by |
      | preemptions_total | mode=hard | 1  |
      | resumptions_total |           | 1  |

  @ORCH-3087
  Scenario: Those held back are counted
    Given that tasks go to the pool "soft"
    And that the slots are held
    And the batch task "patient" waits
    And the interactive task "first" waits
    And the series are counted from now on
    When interactive tasks have waited beyond their objective
    And the slots are released
    Then these series have grown by
      | series            | labels    | by |
      | preemptions_total | mode=soft | 1  |
