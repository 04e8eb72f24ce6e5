Feature: The order of a queue
  The more urgent goes first; among equals, who came first.

  Background:
    Given the server "queues"
    And that tasks go to the pool "single"

  @ORCH-3004
  Scenario: Interactive tasks go before batch ones, and each class in its order
    Given that the slots are held
    And the batch task "b1" waits
    And the interactive task "i1" waits
    And the batch task "b2" waits
    And the interactive task "i2" waits
    When the slots are released
    Then they start in the order "i1", "i2", "b1", "b2"

  @ORCH-3004
  Scenario: A queue has a bound
    Given that tasks go to the pool "small"
    And that the slots are held
    And the task "first" waits
    And the task "second" waits
    When the task "third" is submitted
    Then the answer has the status 429

  @OC-CORE-1001
  Scenario Outline: Tasks of the class <priority> start in the order of their arrival
    Given that the slots are held
    And the <priority> task "first" waits
    And the <priority> task "second" waits
    And the <priority> task "third" waits
    And the <priority> task "fourth" waits
    When the slots are released
    Then they start in the order "first", "second", "third", "fourth"

    Examples:
      | priority    |
      | interactive |
      | batch       |

  @OC-CORE-1001
  Scenario Outline: The classes share one capacity: a <priority> task meets a full queue
    Given that tasks go to the pool "small"
    And that the slots are held
    And the batch task "first" waits
    And the interactive task "second" waits
    When the <priority> task "third" is submitted
    Then the answer has the status 429

    Examples:
      | priority    |
      | interactive |
      | batch       |

  @OC-CORE-1001
  Scenario: Each pool has a queue of its own
    Given that tasks go to the pool "small"
    And that the slots are held
    And the task "first" waits
    And the task "second" waits
    And that tasks go to the pool "single"
    When the task "elsewhere" is submitted
    Then the task "elsewhere" is accepted

  @OC-CORE-1004
  Scenario: An interactive task overtakes batch tasks that have not aged
    Given that the slots are held
    And the batch task "early" waits
    And the batch task "later" waits
    And the interactive task "urgent" waits
    When the slots are released
    Then they start in the order "urgent", "early", "later"

  @OC-CORE-1053
  Scenario: A batch task that has aged is not overtaken any more
    Given that tasks go to the pool "ageing"
    And that the slots are held
    And the batch task "old" waits
    When the task "old" has waited beyond the ageing bound
    And the interactive task "urgent" waits
    And the slots are released
    Then they start in the order "old", "urgent"

  @OC-CORE-1053
  Scenario: An aged task does not overtake what came before it
    Given that tasks go to the pool "ageing"
    And that the slots are held
    And the interactive task "before" waits
    And the batch task "old" waits
    When the task "old" has waited beyond the ageing bound
    And the interactive task "after" waits
    And the slots are released
    Then they start in the order "before", "old", "after"
