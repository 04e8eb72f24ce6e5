Feature: llama.cpp is driven over its own server
  The adapter asks the engine what it is and how it fares, and takes nothing from the configuration that the engine knows better.

  Background:
    Given the server "engines"

  @ORCH-3054
  Scenario: A task runs on llama.cpp
    Given the pool "plain" is ready
    And an engine "plain" that says the tokens "To| be"
    When the task "a" is run on the pool "plain" with
      | field      | value |
      | max_tokens | 2     |
    Then the task "a" ends normally
    And the text of the task "a" is "To be"
    And the `tokens_out` of the end of the task "a" is 2
    And the task "a" has reached the engine "plain" exactly 1 times

  @OC-ADAPT-5001
  Scenario: Health is taken from the engine
    Given the pool "loading" is ready
    And the engine "loading" loads its model
    Then the engine "loading" was asked for /health
    And the pool "loading" becomes not ready
    And a task for the pool "loading" is refused with 503 POOL_UNREADY
    When the engine "loading" has loaded its model
    Then the pool "loading" becomes ready

  @OC-ADAPT-5001
  Scenario: Slots, context and version are taken from the engine
    Given the pool "versioned" is ready
    When the capabilities are read
    Then the entry of the model "versioned" has
      | field          | value           |
      | concurrency    | 3               |
      | ctx_max        | 1536            |
      | engine_version | "b7777-abcdef0" |

  @OC-ADAPT-5001
  Scenario: Tokens are taken from the stream as it grows, and a cancel closes the connection
    Given the pool "single" is ready
    And an engine "single" that holds every request after 2 tokens
    When the task "a" is begun on the pool "single"
    Then 2 tokens of the task "a" arrive
    And the request of the task "a" at the engine "single" has
      | field  | value |
      | stream | true  |
    When the task "a" is cancelled
    Then the request of the task "a" at the engine "single" was ended by the server

  @OC-ADAPT-5001
  Scenario Outline: What ends the text is told as llama.cpp tells it
    Given the pool "plain" is ready
    And an engine "plain" that says the tokens "<words>"
    When the task "a" is run on the pool "plain" with
      | field      | value |
      | max_tokens | 3     |
    Then the `finish_reason` of the end of the task "a" is "<reason>"
    And the text of the task "a" is "<text>"

    Examples:
      | words      | reason | text |
      | a\|b       | stop   | ab   |
      | a\|b\|c\|d | length | abc  |

  @OC-ADAPT-5001
  Scenario: A server that names no build has the version unknown
    Given the pool "nameless" is ready
    When the task "a" is run on the pool "nameless"
    Then the start of the task "a" names the engine_version "unknown"
