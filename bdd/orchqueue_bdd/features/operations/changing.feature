Feature: A configuration changes while the server runs
  Whoever changes a server under load must lose no task by it, and must learn what cannot change before it is tried.

  @OC-CONFIG-6009
  Scenario: Pools and bounds change under tasks that run and wait
    Given a server of its own with one slot and a grace of 10000 ms
    And it runs one task and keeps one waiting
    When its configuration comes to have room for 1 waiting task, and a second pool
    Then its second pool comes to be ready
    And a new task is refused with 429 ADMISSION_REJECT
    When its configuration comes to have the second pool alone
    Then a new task for the first pool comes to be refused with 400 INVALID_PARAMS
    When the engine goes on
    Then the running task ends normally
    And the waiting task ends normally

  @OC-CONFIG-6009 @OC-CONFIG-6011
  Scenario: What needs a start keeps all but keys from changing, and the state says so
    Given a server of its own with one key and a pid file
    Then its pid file names a process that runs, and is locked
    And its state comes to say that it has taken its configuration
    When its configuration comes to have the key "new", another port and a second pool
    Then the key "new" is let in
    And its state comes to name the path "/server/port"
    And its log line config.needs-restart names the path "/server/port"
    And it has no second pool

  @OC-FLOW-6101 @OC-FLOW-6102 @OC-FLOW-6105
  Scenario: A change is tried, and then made under tasks that run and wait
    Given a server of its own with one slot and a pid file
    And it runs one task and keeps one waiting
    When room for 1 waiting task is proposed
    Then the facts name the change "/pools/0/queue/capacity"
    And nothing has been applied
    When room for 1 waiting task is committed
    Then the steps were keep, write and tell
    And all facts of it have the correlation id of its log line config.taken
    And a new task is refused with 429 ADMISSION_REJECT
    When the engine goes on
    Then the running task ends normally
    And the waiting task ends normally

  @OC-FLOW-6103 @OC-FLOW-6104
  Scenario: What cannot be is not begun, and what the server does not take is undone
    Given a server of its own with one slot and a pid file
    When another port is committed
    Then it is refused with a critical violation at "/server/port"
    And nothing has been applied
    When its pool is drained
    And room for 1 waiting task is committed
    Then the step tell failed, and write and keep were undone
    And its state comes to say that it has taken its configuration
