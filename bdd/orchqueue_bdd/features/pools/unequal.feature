Feature: GPUs of different size
  They work side by side, and the smallest says how much a split may hold.

  Background:
    Given the server "devices"

  @ORCH-1103 @ORCH-3008 @OC-CORE-1012
  Scenario: The replica with the most free GPU memory is taken, whatever slots the others have
    Given the pool "uneven" is ready
    When the task "a" is run on the pool "uneven"
    Then the start of the task "a" names the replica_id "uneven-b"
    When the GPU "uneven-large" has almost all of its memory taken
    Then these gauges come to stand at
      | series          | labels                               | at          |
      | vram_used_bytes | pool_id=uneven, replica_id=uneven-b  | 23000000000 |
    When the task "b" is run on the pool "uneven"
    Then the start of the task "b" names the replica_id "uneven-a"

  @ORCH-3013
  Scenario: Of equal replicas the one whose device is near is taken
    Given the pool "placed" is ready
    When the task "a" is run on the pool "placed"
    Then the start of the task "a" names the replica_id "placed-b"

  @ORCH-3022 @ORCH-3052 @OC-POOL-3022
  Scenario: What runs at once is bounded by what the smallest GPU of a split allows
    Given the pool "capped" is ready
    When 3 tasks of 40 tokens are submitted for the model "capped" whose engine holds them
    Then the engine "capped" comes to work on 2 tasks
    And the queue of the pool "capped" comes to hold 1 tasks
    When the engines go on
    Then every task of the scenario ends normally

  @ORCH-3052 @OC-POOL-3022
  Scenario: What could never fit on the smallest GPU of a split is refused
    Given that tasks go to the pool "capped"
    When the task "a" is submitted with the `max_tokens` 150
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/max_tokens"
    When the task "b" is submitted with the `max_tokens` 100
    Then the task "b" is accepted

  @ORCH-3020
  Scenario: Memory that is set aside for caches is not there for tasks
    Given that tasks go to the pool "reserved"
    When the task "a" is submitted with the `max_tokens` 100
    Then the answer is 400 INVALID_PARAMS
    When 2 tasks of 40 tokens are submitted for the model "reserved" whose engine holds them
    Then the engine "reserved" comes to work on 1 tasks
    And the queue of the pool "reserved" comes to hold 1 tasks
