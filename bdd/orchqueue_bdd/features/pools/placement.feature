Feature: Which replica serves
  A task goes to a replica that can serve it now, and of several to the one that has least to do.

  Background:
    Given the server "replicas"

  @ORCH-3010 @OC-CORE-1010
  Scenario: A replica that is not ready gets nothing, however much waits
    Given the pool "halved" is ready
    And the engine "halved-a" loads its model
    Then the health of the pool "halved" comes to have
      | field               | value |
      | ready               | true  |
      | metrics.slots_free  | 1     |
    When 4 tasks are submitted for the model "halved" whose engines hold them
    Then the engine "halved-b" comes to work on 1 tasks
    And the queue of the pool "halved" comes to hold 3 tasks
    And the engine "halved-a" comes to work on 0 tasks

  @ORCH-3010 @OC-CORE-1010
  Scenario: Where no replica is ready, tasks are refused
    Given the pool "lone" is ready
    And the engine "lone" loads its model
    And the pool "lone" is not ready
    When the task "a" is submitted to the pool "lone"
    Then the task "a" is refused with 503 POOL_UNREADY
    And the task "a" has reached the engine "lone" exactly 0 times

  @ORCH-3008 @OC-CORE-1012
  Scenario: The replica with more free slots is the less loaded one
    Given the pool "roomier" is ready
    When 2 tasks are submitted for the model "roomier" whose engines hold them
    Then the engine "roomier-b" comes to work on 2 tasks
    And the engine "roomier-a" comes to work on 0 tasks

  @OC-CORE-1012
  Scenario: Of replicas that are equally loaded the first by its id is taken
    Given the pool "equal" is ready
    When the task "a" is run on the pool "equal"
    Then the start of the task "a" names the replica_id "equal-a"
