Feature: Reading a stream again
  Events are kept, so that whoever lost a connection, or comes late, misses nothing.

  Background:
    Given the server "standard"

  @OC-CTRL-2014
  Scenario: Readers before, during and after the run get the same
    Given that the slots are held
    And the task "a" waits
    And 2 readers of the task "a"
    When the slots are released
    And 2 readers follow the task "a"
    Then all readers of the task "a" get the same whole stream

  @OC-CTRL-2014
  Scenario: A reader who comes while the task runs gets what was before
    Given the task "a" runs and has sent 5 tokens
    And 3 readers of the task "a"
    When the slots are released
    Then all readers of the task "a" get the same whole stream

  @OC-CTRL-2014
  Scenario Outline: A reader who has event <number> gets the rest
    Given the task "a" of 8 tokens has ended
    When the stream of the task "a" is read after its event <number>
    Then the events of the task "a" after <number> come

    Examples:
      | number |
      | 0      |
      | 4      |
      | 7      |

  @OC-CTRL-2014
  Scenario: A reader who has the last event is told that nothing follows
    Given the task "a" has ended
    When the stream of the task "a" is read after its last event
    Then the answer has the status 204

  @OC-CTRL-2014
  Scenario: An event that is to come is no place to read from
    Given the task "a" has ended
    When the stream of the task "a" is read after an event that is to come
    Then the answer has the status 400

  @OC-CTRL-2014
  Scenario Outline: <value> is no event
    Given the task "a" has ended
    When the stream of the task "a" is read with the Last-Event-ID "<value>"
    Then the answer has the status 400

    Examples:
      | value                |
      | last                 |
      | -1                   |
      | +1                   |
      | 1.0                  |
      | 0x1                  |
      | 1 2                  |
      | 99999999999999999999 |
