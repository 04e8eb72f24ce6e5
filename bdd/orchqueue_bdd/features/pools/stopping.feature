Feature: The pools of a server that stops
  They are drained like those that an operator drains, and are seen to be.

  @OC-POOL-3031
  Scenario: A stop drains every pool
    Given a server of its own with one slot and a grace of 10000 ms
    And it runs one task and keeps one waiting
    When it is told to stop
    Then the waiting task ends with the error POOL_UNAVAILABLE at once
    And its series drain_events_total with reason=shutdown stands at 1
    And its series drain_events_total with reason=api stands at 0
    And its series tasks_canceled_total with reason=shutdown stands at 1
    And its series tasks_finished_total with outcome=POOL_UNAVAILABLE stands at 1
    And its series pool_ready with pool_id=own stands at 0
    When the engine goes on
    Then the running task ends normally
    And the server exits with status 0
