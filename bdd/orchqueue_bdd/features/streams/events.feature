Feature: The events of a stream
  A stream tells the course of its task in events of five kinds, in their order, and says what it knows.

  Background:
    Given the server "standard"

  @ORCH-2002 @smoke
  Scenario: The output of a task is a stream of typed events
    Given the task "a" has ended
    Then the stream of the task "a" is a stream of events
    And the stream of the task "a" has only events of the contract

  @ORCH-2002
  Scenario: The stream carries what the engine says
    Given that the engine says "one two three"
    And the task "a" has ended
    Then the stream of the task "a" carries that text in its order

  @OC-CTRL-2020
  Scenario Outline: The stream of a task that <course> is in order
    Given a task "a" that <course>
    Then the stream of the task "a" has only events of the contract
    And the stream of the task "a" is in order

    Examples:
      | course                     |
      | completes                  |
      | is cancelled while it runs |
      | loses its engine           |
      | meets a failing engine     |

  @OC-CTRL-2020
  Scenario: The stream of a task that ended in the queue has no start
    Given a task "a" that is cancelled while it waits
    Then the stream of the task "a" has no start

  @OC-CTRL-2020
  Scenario: Tokens are relayed as they come
    Given the task "a" runs and has sent 3 tokens
    Then 3 tokens of the task "a" arrive while the engine says no more

  @OC-CTRL-2020
  Scenario: Each token reaches every reader before the engine says the next
    Given a task "a" whose engine says one token at a time
    And 2 readers of the task "a"
    Then each of 8 tokens reaches all readers of the task "a" before the engine says the next

  @OC-CTRL-2020
  Scenario: Tokens count themselves
    Given the task "a" of 20 tokens has ended
    Then the tokens of the task "a" are counted from 0

  @OC-CTRL-2021
  Scenario: The start repeats what the admission said of a task that need not wait
    Given the task "a" has ended
    Then the start of the task "a" says what its admission said

  @OC-CTRL-2021
  Scenario: The start repeats what the admission said of a task that waits
    Given that the slots are held
    And the task "first" waits
    And the task "second" waits
    When the slots are released
    Then the start of the task "second" says what its admission said

  @OC-CTRL-2021
  Scenario: The start names those who serve the task
    Given the task "a" has ended
    Then the start of the task "a" names job, engine, version, pool and replica

  @OC-CTRL-2023
  Scenario Outline: The client of a task of <count> tokens is kept informed
    Given the task "a" of <count> tokens has ended
    Then the stream of the task "a" keeps its client informed
    And the metrics of the task "a" are whole

    Examples:
      | count |
      | 1     |
      | 2     |
      | 50    |

  @OC-CTRL-2024
  Scenario Outline: The stream of a task that <course> ends once
    Given a task "a" that <course>
    Then the stream of the task "a" ends once and closes

    Examples:
      | course                       |
      | completes                    |
      | is cancelled while it runs   |
      | is cancelled while it waits  |
      | loses its engine             |
      | meets a failing engine       |

  @OC-CTRL-2025
  Scenario: The end counts tokens, not events
    Given that the engine says a text whose characters take several tokens
    And the task "a" of 20 tokens has ended
    Then the end of the task "a" counts as many tokens as the engine

  @OC-CTRL-2025
  Scenario: The end tells how long decoding took
    Given the task "a" runs and has sent 1 tokens
    When the engine pauses 60 ms and then goes on to the end of the task "a"
    Then the end of the task "a" tells the time between its first and its last token

  @OC-CTRL-2025
  Scenario Outline: The end of a task that <course> says <reason>
    Given a task "a" that <course>
    Then the task "a" has the finish reason <reason>

    Examples:
      | course                          | reason   |
      | stops by itself                 | stop     |
      | has as many tokens as it may    | length   |
      | is cancelled while it runs      | canceled |
