Feature: Any server with OpenAI's routes will do
  It needs no more than a list of models and completions; the rest stands in the configuration.

  Background:
    Given the server "adapters"

  @OC-ADAPT-5090
  Scenario: A task runs on a server with OpenAI's routes
    Given the pool "openai" is ready
    And an engine "openai" that says the tokens "To| be"
    When the task "a" is run on the pool "openai" with
      | field      | value |
      | max_tokens | 2     |
    Then the task "a" ends normally
    And the text of the task "a" is "To be"
    And the start of the task "a" names the engine_version "unknown"

  @OC-ADAPT-5093
  Scenario: It is asked with the key that it wants
    Given the pool "openai-keyed" is ready
    When the task "a" is run on the pool "openai-keyed"
    Then the request of the task "a" at the engine "openai-keyed" has the key "engine-key-0123456789"

  @OC-ADAPT-5090
  Scenario: Readiness is taken from its list of models
    Given the pool "openai-brisk" is ready
    And the engine "openai-brisk" loads its model
    Then the engine "openai-brisk" was asked for /v1/models
    And the pool "openai-brisk" becomes not ready
    When the engine "openai-brisk" has loaded its model
    Then the pool "openai-brisk" becomes ready

  @OC-ADAPT-5094
  Scenario: An embedding has a vector for each text
    Given the pool "openai" is ready
    And that tasks go to the pool "openai"
    And the embedding "e" has run to its end
    Then the result of "e" is the engine's vector of each text
    And the engine "openai" was asked for /v1/embeddings

  @OC-ADAPT-5091
  Scenario: A done marker proves nothing by itself
    Given the pool "openai" is ready
    And an engine "openai" that always ends its stream with a done marker and no reason
    When the task "a" is run on the pool "openai"
    Then the task "a" ends with the error WORKER_RESET

  @OC-ADAPT-5092
  Scenario: Only the values for which OpenAI has a name are sent
    Given the pool "openai-single" is ready
    When the task "a" is run on the pool "openai-single" with
      | field      | value      |
      | seed       | 4294967294 |
      | max_tokens | 3          |
    Then the request of the task "a" at the engine "openai-single" has
      | field       | value      |
      | temperature | 0.25       |
      | top_p       | 0.5        |
      | stop        | ["STOP"]   |
      | seed        | 4294967294 |
      | max_tokens  | 3          |
      | top_k       | null       |
      | min_p       | null       |
