Feature: Cancelling
  A client takes back what it asked for; when it is told so, it is so.

  Background:
    Given the server "queues"
    And that tasks go to the pool "single"

  @ORCH-2003 @smoke
  Scenario: A running task can be cancelled
    Given the task "a" runs and has sent 2 tokens
    When the task "a" is cancelled
    Then the answer has the status 204
    And the task "a" comes to an end

  @ORCH-2003
  Scenario: A waiting task can be cancelled
    Given that the slots are held
    And the task "a" waits
    When the task "a" is cancelled
    Then the answer has the status 204
    And the task "a" comes to an end

  @OC-CTRL-2012 @smoke
  Scenario: The cancel of a running task says so
    Given the task "a" runs and has sent 2 tokens
    When the task "a" is cancelled
    Then the cancel says "canceled-running"

  @OC-CTRL-2012
  Scenario: The cancel of a waiting task says so
    Given that the slots are held
    And the task "a" waits
    When the task "a" is cancelled
    Then the cancel says "canceled-queued"

  @OC-CTRL-2012
  Scenario: The cancel of a task that has ended came too late
    Given the task "a" has ended
    When the task "a" is cancelled
    Then the cancel says "already-finished"

  @OC-CTRL-2012
  Scenario: A second cancel came too late
    Given the task "a" runs and has sent 2 tokens
    And the task "a" was cancelled
    When the task "a" is cancelled
    Then the cancel says "already-finished"

  @OC-CTRL-2012
  Scenario: Of cancels at the same time one did it
    Given the task "a" runs and has sent 2 tokens
    When the task "a" is cancelled 6 times at once
    Then one cancel says "canceled-running", the others "already-finished"

  @OC-CTRL-2012
  Scenario: After the cancel of a task in full run its stream does not change any more
    Given the task "a" runs without a pause
    When the task "a" is cancelled
    Then two reads of the stream of the task "a" that begin now are equal and ended

  @OC-CTRL-2012
  Scenario: After the cancel of a waiting task its stream is over
    Given that the slots are held
    And the task "a" waits
    When the task "a" is cancelled
    Then two reads of the stream of the task "a" that begin now are equal and ended

  @OC-CORE-1005
  Scenario: A task that was cancelled while it waited never reaches an engine
    Given that the slots are held
    And the task "cancelled" waits
    And the task "next" waits
    And the task "cancelled" was cancelled
    When the slots are released
    Then the task "next" comes to an end
    And nothing of the task "cancelled" has reached the engine

  @ORCH-3017
  Scenario: A task that is cancelled while it runs leaves its slot to the next
    Given the task "a" runs and has sent 2 tokens
    And the task "next" waits
    When the task "a" is cancelled
    Then the task "a" comes to an end
    And the engine works on the task "a" no more
    And the task "next" starts

  @ORCH-3017
  Scenario: A task that is cancelled while it waits leaves its place to the next
    Given that tasks go to the pool "small"
    And that the slots are held
    And the task "first" waits
    And the task "second" waits
    When the task "first" is cancelled
    And the task "third" is submitted
    Then the task "first" comes to an end
    And the task "third" is accepted

  @ORCH-3026
  Scenario: Whoever reads all the while sees nothing after the cancel
    Given the task "a" runs without a pause
    When the task "a" is cancelled
    Then the reader of the task "a" who was there sees what a later reader sees

  @ORCH-3026
  Scenario: What the engine says after a cancel is not passed on
    Given the task "a" runs and has sent 2 tokens
    When the task "a" is cancelled
    And the slots are released
    Then 2 tokens are all that the stream of the task "a" has

  @ORCH-3026
  Scenario: Whoever waits for a task sees nothing after its cancel
    Given that the slots are held
    And the task "a" waits
    And the task "a" was cancelled
    When the slots are released
    And the task "b" has been run to its end
    Then the reader of the task "a" who was there sees what a later reader sees
