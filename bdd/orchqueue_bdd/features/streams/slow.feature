Feature: Slow readers
  Whoever reads slowly costs the server a bounded room, holds up nobody, and is never told half a stream as a whole.

  Background:
    Given the server "slow"

  @OC-CTRL-2018
  Scenario: Nobody waits for a reader who reads nothing
    Given the task "a" whose engine has 200 events of 2000 bytes to say
    And a reader of the task "a" who stops reading at its start
    When the slots are released
    Then the engine is done with the task "a"
    And the quick reader gets 200 tokens in their order

  @OC-CTRL-2018
  Scenario: Of what a reader leaves unread the server holds a bounded part
    Given the task "a" whose engine has 200 events of 2000 bytes to say
    And a reader of the task "a" who stops reading at its start
    When the slots are released
    And the quick reader has come to the end
    And the slow reader reads on
    Then no more was on its way to the slow reader than a reader may leave unread

  @OC-CTRL-2018
  Scenario: A reader who falls behind within what is kept misses nothing
    Given the task "a" whose engine has 50 events of 2000 bytes to say
    And a reader of the task "a" who stops reading at its start
    When the slots are released
    And the quick reader has come to the end
    And the slow reader reads on
    Then the slow reader gets the whole stream of the task "a"

  @OC-CTRL-2019
  Scenario: A reader who falls behind what is kept is cut off
    Given the task "a" whose engine has 200 events of 2000 bytes to say
    And a reader of the task "a" who stops reading at its start
    When the slots are released
    And the quick reader has come to the end
    And the slow reader reads on
    Then the slow reader is cut off without a terminal event

  @OC-CTRL-2019
  Scenario: A reader who was cut off is told so when it comes back
    Given the task "a" whose engine has 200 events of 2000 bytes to say
    And a reader of the task "a" who stops reading at its start
    When the slots are released
    And the quick reader has come to the end
    And the slow reader reads on
    And the slow reader comes back for its next event
    Then the answer is 410 EVENTS_GONE
    And the message names an event from which the stream of the task "a" can be read on
