Feature: Streams carry metrics that agree with what is observed
  A client steers by these numbers, so they have to be those of the pool that serves it.

  Background:
    Given the server "engines"

  @OC-METRICS-7110
  Scenario: The queue depth of a stream is that of its pool
    Given the pool "roomy" is ready
    And an engine "roomy" that holds every request before its first token
    And the task "first" runs on the pool "roomy"
    And the task "second" waits in the pool "roomy"
    And the batch task "third" waits in the pool "roomy"
    When the engines go on
    Then the first metrics of the task "first" tell a queue depth of 2
    And the last metrics of the task "third" tell a queue depth of 0

  @OC-METRICS-7110
  Scenario: A deadline that leaves ample time will likely be kept
    Given the pool "plain" is ready
    And the pool "plain" has served 5 tasks of 4 tokens
    When the task "a" is run on the pool "plain" with
      | field       | value  |
      | deadline_ms | 600000 |
    Then all metrics of the task "a" tell a probability of 0.9 or more
