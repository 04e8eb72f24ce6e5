Feature: A server stops in order
  Whoever restarts a server owes its clients an end to every stream, and the supervisor an exit that is none of a crash.

  @OC-CTRL-2070
  Scenario: What runs may finish, what waits is told at once, what comes is refused
    Given a server of its own with one slot and a grace of 10000 ms
    And it runs one task and keeps one waiting
    When it is told to stop
    Then the waiting task ends with the error POOL_UNAVAILABLE at once
    And a new task is refused with 503 POOL_UNAVAILABLE
    When the engine goes on
    Then the running task ends normally
    And the server exits with status 0

  @OC-CTRL-2070
  Scenario: When the grace is over, the running tasks are ended too
    Given a server of its own with one slot and a grace of 200 ms
    And it runs one task and keeps one waiting
    When it is told to stop
    Then the running task ends with the error POOL_UNAVAILABLE after 200 ms or more
    And both streams end with one terminal event
    And the server exits with status 0

  @OC-CTRL-2072
  Scenario: A second signal ends the grace, and every stream as it should
    Given a server of its own with one slot and a grace of 60000 ms
    And it runs one task and keeps one waiting
    When it is told to stop
    And it is told to stop again
    Then the running task ends with the error POOL_UNAVAILABLE at once
    And both streams end with one terminal event
    And the server exits with status 0

  @OC-CTRL-2070
  Scenario: Whoever was accepted and has not begun to read is still told the end
    Given a server of its own with one slot and a grace of 100 ms
    And it runs one task and keeps one waiting
    And it keeps a task that nobody reads
    When it is told to stop
    Then the running task ends with the error POOL_UNAVAILABLE after 100 ms or more
    When someone reads the task that nobody has read
    Then that task ends with the error POOL_UNAVAILABLE
    And the server exits with status 0
