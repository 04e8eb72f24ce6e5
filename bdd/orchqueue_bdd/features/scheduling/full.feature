Feature: A full queue that spares what is of use
  Whoever has to go is the one whose loss costs least.

  Background:
    Given the server "scheduled"

  @OC-CORE-1054
  Scenario: The latest batch task is shed for an interactive one
    Given that tasks go to the pool "shedding"
    And that the slots are held
    And the batch task "older" waits
    And the batch task "latest" waits
    And the series are counted from now on
    When the interactive task "new" is submitted
    Then the task "new" is accepted
    And the waiting task "latest" is shed with the label "shed-low-priority"
    And the task "older" still waits
    And these series have grown by
      | series                              | labels                   | by |
      | tasks_finished_total                | outcome=ADMISSION_REJECT | 1  |
      | admission_backpressure_events_total | policy=shed-low-priority | 1  |

  @OC-CORE-1054
  Scenario Outline: Nobody is shed for a new <new> task while <waits> and interactive ones wait
    Given that tasks go to the pool "shedding"
    And that the slots are held
    And the <waits> task "first" waits
    And the interactive task "second" waits
    When the <new> task "new" is submitted
    Then the answer is 429 ADMISSION_REJECT
    And the policy that refused is "shed-low-priority"
    And the task "first" still waits
    And the task "second" still waits

    Examples:
      | new         | waits       |
      | batch       | batch       |
      | interactive | interactive |

  @ORCH-3080
  Scenario: A task that would be late anyway goes before an older one
    Given that tasks go to the pool "choosing"
    And that the pool has learnt that its engine is slow
    And that the slots are held
    And the batch task "older" waits
    And the batch task "late" waits that cannot end in time if it starts late
    When it is too late for it to start
    And the batch task "new" is submitted
    Then the task "new" is accepted
    And the task "late" is evicted with the label "drop-lru"
    And the task "older" still waits

  @OC-CORE-1055
  Scenario: A task that has sent tokens is not given up
    Given that tasks go to the pool "dropping"
    And the batch task "begun" runs and has sent some tokens
    And the urgent task "urgent" has come and keeps its slot
    And the task "begun" was stopped for it
    And the task "urgent" has taken the slot
    And the batch task "fresh" waits
    When the batch task "new" is submitted
    Then the task "new" is accepted
    And the task "fresh" is evicted with the label "drop-lru"
