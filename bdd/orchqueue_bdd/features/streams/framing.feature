Feature: The framing of events
  Each event is its number, its name and one line of JSON, so that any reader of event streams understands it.

  Background:
    Given the server "standard"

  @OC-CTRL-2022 @smoke
  Scenario Outline: The stream of a task that <course> is framed as it must be
    Given a task "a" that <course>
    Then the stream of the task "a" is framed as it must be

    Examples:
      | course                      |
      | completes                   |
      | is cancelled while it runs  |
      | is cancelled while it waits |
      | loses its engine            |

  @OC-CTRL-2022
  Scenario: Text that looks like framing does no harm
    Given that the engine says an awkward text
    And the task "a" of 20 tokens has ended
    Then the stream of the task "a" is framed as it must be
    And the stream of the task "a" carries that text in its order

  @OC-CTRL-2022
  Scenario: A stream that is read from the middle counts on
    Given the task "a" of 8 tokens has ended
    When the stream of the task "a" is read after its event 3
    Then the stream of the task "a" is framed as it must be from 4 on

  @OC-CTRL-2027
  Scenario: A client of HTTP/1.0 gets a stream without chunks
    Given the task "a" of 8 tokens has ended
    When the stream of the task "a" is read over HTTP/1.0
    Then it comes without a transfer coding and ends with its connection
    And it is the stream of the task "a", byte for byte
