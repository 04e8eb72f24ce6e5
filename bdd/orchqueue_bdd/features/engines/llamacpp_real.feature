Feature: A real llama.cpp behind the server
  What scripted engines show is checked against the engine itself, on a model that is tiny and random.

  Background:
    Given the server "real"

  @ORCH-3054 @OC-ADAPT-5001
  Scenario: A task is streamed from its start to its end
    When the task "a" is run on the pool "real" with
      | field      | value |
      | max_tokens | 24    |
    Then the task "a" ends normally
    And the `tokens_out` of the end of the task "a" is 24
    And the text of the task "a" is not empty and holds whole characters

  @ORCH-3054
  Scenario: An equal seed gives an equal text, another seed another
    When the task "a" is run on the pool "real" with
      | field      | value         |
      | prompt     | "Once upon a" |
      | max_tokens | 24            |
      | seed       | 7             |
    And the task "b" is run on the pool "real" with
      | field      | value         |
      | prompt     | "Once upon a" |
      | max_tokens | 24            |
      | seed       | 7             |
    And the task "c" is run on the pool "real" with
      | field      | value         |
      | prompt     | "Once upon a" |
      | max_tokens | 24            |
      | seed       | 8             |
    Then the tasks "a" and "b" have the same text
    And the tasks "a" and "c" have different texts

  @OC-ADAPT-5083 @OC-ADAPT-5001
  Scenario: A cancel frees the slot of the engine
    When the task "a" is begun on the pool "real" with
      | field      | value |
      | max_tokens | 1800  |
    And the task "a" has begun to arrive
    Then the real engine works on 1 slot
    When the task "a" is cancelled
    Then the real engine soon works on no slot

  @OC-CTRL-2074
  Scenario: An engine that was not started for embeddings offers none
    When the capabilities are read
    Then the entry of the model "real" has
      | field               | value          |
      | supported_workloads | ["completion"] |
