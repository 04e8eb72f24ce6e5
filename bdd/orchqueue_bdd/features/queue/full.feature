Feature: A full queue
  What becomes of a task that meets a full queue follows the pool's policy, and whoever loses is told so.

  Background:
    Given the server "queues"

  @ORCH-3005
  Scenario: A pool that is to reject refuses the new task
    Given that tasks go to the pool "small"
    And that the slots are held
    And the batch task "first" waits
    And the batch task "second" waits
    When the task "new" is submitted
    Then the answer has the status 429
    And the task "first" still waits

  @ORCH-3005
  Scenario: A pool that is to evict gives up an old task for the new one
    Given that tasks go to the pool "evicting"
    And that the slots are held
    And the batch task "first" waits
    And the batch task "second" waits
    When the task "new" is submitted
    Then the task "new" is accepted
    And the task "first" comes to an end

  @OC-CORE-1002 @OC-CTRL-2030
  Scenario Outline: The policy reject refuses a new <priority> task
    Given that tasks go to the pool "small"
    And that the slots are held
    And the batch task "first" waits
    And the interactive task "second" waits
    When the <priority> task "new" is submitted
    Then the answer is 429 ADMISSION_REJECT
    And the policy that refused is "reject"
    And the task "first" still waits
    And the task "second" still waits

    Examples:
      | priority    |
      | interactive |
      | batch       |

  @OC-CORE-1002
  Scenario Outline: The policy drop-lru evicts the oldest batch task for a new <priority> one
    Given that tasks go to the pool "evicting"
    And that the slots are held
    And the interactive task "older" waits
    And the batch task "oldest batch" waits
    When the <priority> task "new" is submitted
    Then the task "new" is accepted
    And the task "oldest batch" is evicted with the label "drop-lru"
    And the task "older" still waits
    And nothing of the task "oldest batch" has reached the engine

    Examples:
      | priority    |
      | interactive |
      | batch       |

  @OC-CORE-1002
  Scenario: Of two batch tasks the policy drop-lru evicts the older
    Given that tasks go to the pool "evicting"
    And that the slots are held
    And the batch task "older" waits
    And the batch task "younger" waits
    When the batch task "new" is submitted
    Then the task "new" is accepted
    And the task "older" is evicted with the label "drop-lru"
    And the task "younger" still waits

  @OC-CORE-1002 @OC-CTRL-2030
  Scenario: Without batch tasks the policy drop-lru evicts the oldest interactive one
    Given that tasks go to the pool "evicting"
    And that the slots are held
    And the interactive task "older" waits
    And the interactive task "younger" waits
    When the interactive task "new" is submitted
    Then the task "new" is accepted
    And the task "older" is evicted with the label "drop-lru"
    And the task "younger" still waits

  @OC-CORE-1002 @OC-CTRL-2030
  Scenario: The policy drop-lru never evicts an interactive task for a batch one
    Given that tasks go to the pool "evicting"
    And that the slots are held
    And the interactive task "older" waits
    And the interactive task "younger" waits
    When the batch task "new" is submitted
    Then the answer is 429 QUEUE_FULL_DROP_LRU
    And the policy that refused is "drop-lru"
    And the task "older" still waits
    And the task "younger" still waits

  @ORCH-2007
  Scenario: A refusal for want of capacity says when to come back
    When the client sends a task to a full queue
    Then headers and body tell a time to come back

  @OC-CTRL-2011
  Scenario: The refusal of a full pool gives one advice in three places
    When the client sends a task to a full queue
    Then the answer has the status 429
    And headers and body advise the same time

  @OC-CTRL-2011
  Scenario Outline: The refusal of the full pool <pool> names the policy <label>
    Given that tasks go to the pool "<pool>"
    And that the slots are held
    And the interactive task "first" waits
    And the interactive task "second" waits
    When the batch task "new" is submitted
    Then the answer has the status 429
    And the policy that refused is "<label>"

    Examples:
      | pool     | label    |
      | small    | reject   |
      | evicting | drop-lru |
