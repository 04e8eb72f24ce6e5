Feature: Bounds of streams
  Silence is bridged, what is kept is bounded, and a key may hold so many streams open.

  Background:
    Given the server "tight"

  @OC-CTRL-2026
  Scenario: A silent stream carries comments
    Given the task "a" runs and has sent 1 tokens
    Then 2 comments come in the silence of the task "a"

  @OC-CTRL-2026
  Scenario: The stream of a task that waits carries comments
    Given that the slots are held
    And the task "a" waits
    Then 2 comments come in the silence of the task "a"

  @OC-CTRL-2014
  Scenario: Events that were trimmed are gone
    Given the task "a" runs and has sent more than is kept of it
    When the stream of the task "a" is read with the Last-Event-ID "0"
    Then the answer is 410 EVENTS_GONE

  @OC-CTRL-2014
  Scenario: A task is forgotten when its time has passed
    Given the task "a" has ended
    Then the stream of the task "a" is soon forgotten

  @OC-CTRL-2013
  Scenario: With a task its id is forgotten
    Given the task "a" has ended
    Then the stream of the task "a" is soon forgotten
    When the task "a" is submitted again with the `prompt` "Another one"
    Then the answer has the status 202
