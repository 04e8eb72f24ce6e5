Feature: Reading a session
  A client sees how its conversation stands, and looking changes nothing.

  Background:
    Given the server "sessions"
    And that tasks go to the pool "talks"
    And that tasks are of the session "talk"

  @ORCH-2004
  Scenario: A session can be read
    Given the task "a" has ended
    When the session "talk" is read
    Then the answer has the status 200

  @OC-CTRL-2063
  Scenario: A session tells all that there is to tell
    Given the task "a" has ended
    Then the session "talk" tells its time, its turns, its KV state and what remains

  @OC-CTRL-2063
  Scenario: Turns are the tasks that were accepted
    Given the task "a" has ended
    And the task "b" has ended
    When the task "c" of 10 and 300 tokens is submitted
    Then the session "talk" has had 2 turns

  @OC-CTRL-2063
  Scenario: A refused task begins no session
    When the task "a" of 10 and 300 tokens is submitted
    Then the answer is 403 BUDGET_EXHAUSTED
    And there is no session "talk"

  @OC-CTRL-2063
  Scenario Outline: There is no session under <path>
    When a GET of <path> is sent
    Then the answer is 404 NOT_FOUND

    Examples:
      | path                                           |
      | /v1/sessions/{id}                              |
      | /v1/sessions/no-uuid                           |
      | /v1/sessions/00000000-0000-0000-0000-00000000x |

  @OC-CTRL-2063
  Scenario: A session is its tenant's own
    Given the task "a" has ended
    When the session "talk" is read with the key "stranger"
    Then the answer is 404 NOT_FOUND

  @OC-CTRL-2063
  Scenario: What its tasks in flight hold is not left
    Given that the slots are held
    When the task "a" of 10 and 50 tokens is submitted with 30000 ms of time
    Then the session "talk" has 140 tokens, 70000 ms and a cost of unlimited left

  @OC-CTRL-2063
  Scenario: The KV memory is estimated by the tokens of the last task
    Given the task "a" of 20 tokens has ended
    And the task "b" of 5 tokens has ended
    Then the KV state of the session "talk" is estimated as that of the task "b"

  @OC-CTRL-2063
  Scenario: A session is warm once it was served
    Given the task "a" has ended
    Then the session "talk" is warm

  @OC-CTRL-2063
  Scenario Outline: A task that may leave its cache behind leaves its session warm
    When the task "a" is submitted with the `<field>` <value>
    And the end of the task "a" has come
    Then the session "talk" is warm

    Examples:
      | field       | value         |
      | kv_hint     | "reuse"       |
      | determinism | "best_effort" |

  @OC-CTRL-2063
  Scenario Outline: A task that may leave no cache behind leaves its session cold
    When the task "a" is submitted with the `<field>` <value>
    And the end of the task "a" has come
    Then the session "talk" is cold
    And the session "talk" has no KV state

    Examples:
      | field       | value    |
      | kv_hint     | "cold"   |
      | determinism | "strict" |

  @OC-CTRL-2063
  Scenario: A replica that was not ready in between has forgotten
    Given that tasks go to the pool "waking"
    And the task "a" has ended
    And the engine "waking" loads its model
    And the pool "waking" is not ready
    When the engine "waking" has loaded its model
    And the pool "waking" is ready again
    Then the session "talk" is cold

  @OC-CTRL-2063
  Scenario: While its replica is full, and another one is not, a session is cold
    Given that tasks go to the pool "paired"
    And the task "a" has ended
    And the task "b" stays where the task "a" has run
    Then the session "talk" is cold
