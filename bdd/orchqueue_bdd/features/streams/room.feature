Feature: What is kept of tasks that have ended is bounded
  The time of keeping bounds nothing by itself: a flood of tasks fits into it.

  @OC-CTRL-2017
  Scenario: The task that ended first is forgotten first, and its id may be used again
    Given the server "engines"
    And the pool "plain" is ready
    And an engine "plain" that always writes without a pause
    When the task "first" of 600 tokens is run on the pool "plain" and 8 more after it
    Then the stream of the task "first" is soon forgotten
    And the stream of the last of them is still there, whole
    When the task "first" is submitted again with the `prompt` "Another one"
    Then the answer has the status 202
