Feature: What remains is shown
  A client sees what its session may still use, where it looks anyway.

  Background:
    Given the server "sessions"
    And that tasks go to the pool "talks"
    And that tasks are of the session "talk"

  @OC-CTRL-2068
  Scenario: The acceptance of a task tells what remains beside what it holds
    When the task "a" of 10 and 50 tokens is submitted with 30000 ms of time
    Then the task "a" is told that 140 tokens, 70000 ms and a cost of unlimited remain

  @OC-CTRL-2068
  Scenario: The stream of a task in flight tells the same
    Given that the slots are held
    When the task "a" of 10 and 50 tokens is submitted with 30000 ms of time
    Then a stream of the task "a" tells that 140 tokens, 70000 ms and a cost of unlimited remain

  @OC-CTRL-2068
  Scenario: Once it has ended its stream tells what remains
    Given the task "a" has ended
    Then a stream of the task "a" tells what the session "talk" has left

  @OC-CTRL-2068
  Scenario: A repeated task is told what remains now
    Given that the slots are held
    When the task "a" of 10 and 50 tokens is submitted with 30000 ms of time
    And the task "b" of 10 and 20 tokens is submitted with 30000 ms of time
    And the task "a" is submitted again
    Then the answer tells that 110 tokens, 40000 ms and a cost of unlimited remain

  @OC-CORE-1024 @OC-METRICS-7111
  Scenario: The events of a task tell what remains while it runs
    Given the task "a" runs and has sent 2 tokens
    Then the metrics of the task "a" tell that 168 tokens, 80000 ms and a cost of unlimited remain

  @OC-CORE-1024
  Scenario: The headers of its stream tell the same
    Given the task "a" runs and has sent 2 tokens
    Then a stream of the task "a" tells that 168 tokens, 80000 ms and a cost of unlimited remain

  @ORCH-3100
  Scenario: A client sees what remains, in the answer and in the session
    Given that the slots are held
    When the task "a" of 10 and 50 tokens is submitted with 30000 ms of time
    Then the task "a" is told that 140 tokens, 70000 ms and a cost of unlimited remain
    And the session "talk" has 140 tokens, 70000 ms and a cost of unlimited left
