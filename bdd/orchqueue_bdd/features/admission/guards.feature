Feature: What is refused before it is queued
  A task that cannot be served is refused at once, and tells its client what to mend.

  Background:
    Given the server "queues"
    And that tasks go to the pool "single"

  @ORCH-3014
  Scenario: A context that the model has not is refused while the queue is full
    Given that tasks go to the pool "small"
    And that the slots are held
    And the task "first" waits
    And the task "second" waits
    When the task "wide" is submitted with the `ctx` 4097
    Then the answer has the status 400
    And nothing of the task "wide" has reached the engine

  @OC-CORE-1020
  Scenario Outline: A context of <ctx> is <verdict>
    When the task "a" is submitted with the `ctx` <ctx>
    Then the answer has the status <status>

    Examples:
      | ctx  | verdict  | status |
      | 0    | accepted | 202    |
      | 4096 | accepted | 202    |
      | 4097 | refused  | 400    |

  @OC-CORE-1020
  Scenario Outline: A prompt of <tokens> tokens with <limit> to come is <verdict>
    When the task "a" is submitted with a prompt of <tokens> tokens and the `max_tokens` <limit>
    Then the answer has the status <status>

    Examples:
      | tokens | limit | verdict  | status |
      | 1000   | 1000  | accepted | 202    |
      | 6000   | 10    | refused  | 400    |
      | 5000   | 1000  | refused  | 400    |

  @OC-CORE-1020
  Scenario: Too wide a context is called invalid
    When the task "a" is submitted with the `ctx` 4097
    Then the answer is 400 INVALID_PARAMS

  @ORCH-3015
  Scenario: A task that asks for too many tokens is refused while the queue is full
    Given that tasks go to the pool "small"
    And that the slots are held
    And the task "first" waits
    And the task "second" waits
    When the task "greedy" is submitted with the `max_tokens` 1025
    Then the answer has the status 400
    And nothing of the task "greedy" has reached the engine

  @OC-CORE-1021
  Scenario: As many tokens as the pool allows are accepted
    When the task "a" is submitted with the `max_tokens` 1024
    Then the task "a" is accepted

  @OC-CORE-1021
  Scenario: One token more is refused
    When the task "a" is submitted with the `max_tokens` 1025
    Then the answer is 400 INVALID_PARAMS

  @OC-CORE-1026
  Scenario Outline: Nobody has the <field> <value>
    When the task "a" is submitted with the `<field>` <value>
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/<field>"

    Examples:
      | field     | value           |
      | model_ref | "no-such-model" |
      | engine    | "triton"        |

  @ORCH-2008
  Scenario Outline: <engine> is no engine
    When the task "a" is submitted with the `engine` "<engine>"
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/engine"

    Examples:
      | engine    |
      | ollama    |
      | llama.cpp |
      | LLAMACPP  |

  @ORCH-2008
  Scenario: llamacpp is an engine
    When the task "a" is submitted with the `engine` "llamacpp"
    Then the task "a" is accepted

  @ORCH-3093
  Scenario: A deadline that cannot be met is told as such
    When the task "a" is submitted with the `deadline_ms` 0
    Then the answer is 400 DEADLINE_UNMET

  @ORCH-3093
  Scenario Outline: <code> is of the closed table
    When the task "a" is submitted with the `deadline_ms` -1
    Then its code stands in the table with this status
    And the table gives <code> the status <status>

    Examples:
      | code               | status |
      | DEADLINE_UNMET     | 400    |
      | MODEL_DEPRECATED   | 403    |
      | UNTRUSTED_ARTIFACT | 400    |
