Feature: Every adapter keeps what all adapters owe
  An engine's own ways end at its adapter: a client cannot tell from a task which engine runs it.

  Background:
    Given the server "adapters"

  Scenario Outline: The start of a task names the engine <pool>
    Given the pool "<pool>" is ready
    When the task "a" is run on the pool "<pool>"
    Then the start of the task "a" names the engine "<pool>"

    @OC-ADAPT-5020
    Examples: vLLM
      | pool |
      | vllm |

    @OC-ADAPT-5040
    Examples: TGI
      | pool |
      | tgi  |

    @OC-ADAPT-5060
    Examples: Triton
      | pool   |
      | triton |

  Scenario Outline: The error of a task names the engine <pool>
    Given the pool "<pool>" is ready
    And an engine "<pool>" that always fails with 500
    When the task "a" is run on the pool "<pool>"
    Then the error of the task "a" names the engine "<pool>"

    @OC-ADAPT-5022
    Examples: vLLM
      | pool |
      | vllm |

    @OC-ADAPT-5041
    Examples: TGI
      | pool |
      | tgi  |

    @OC-ADAPT-5061
    Examples: Triton
      | pool   |
      | triton |

  Scenario Outline: An engine that <behaviour> is told by its kind
    Given the pool "<pool>" is ready
    And an engine "<pool>" that always <behaviour>
    When the task "a" is run on the pool "<pool>"
    Then the task "a" ends with the error <code>

    @OC-ADAPT-5022
    Examples: vLLM
      | pool       | behaviour                                    | code              |
      | vllm       | resets the connection before the first token | REPLICA_EXHAUSTED |
      | vllm       | resets the connection after a token          | WORKER_RESET      |
      | vllm       | closes the connection after a token          | WORKER_RESET      |
      | vllm       | refuses the request with 400                 | INVALID_PARAMS    |
      | vllm       | fails with 500                               | INTERNAL          |
      | vllm       | fails before the first token                 | INTERNAL          |
      | vllm       | fails inside its stream                      | INTERNAL          |
      | vllm-brisk | falls silent before the first token          | DECODE_TIMEOUT    |
      | vllm-brisk | falls silent after a token                   | DECODE_TIMEOUT    |

    @OC-ADAPT-5041
    Examples: TGI
      | pool      | behaviour                                    | code              |
      | tgi       | resets the connection before the first token | REPLICA_EXHAUSTED |
      | tgi       | resets the connection after a token          | WORKER_RESET      |
      | tgi       | closes the connection after a token          | WORKER_RESET      |
      | tgi       | refuses the request with 400                 | INVALID_PARAMS    |
      | tgi       | refuses the request with 422                 | INVALID_PARAMS    |
      | tgi       | fails with 500                               | INTERNAL          |
      | tgi       | fails before the first token                 | INTERNAL          |
      | tgi       | fails inside its stream                      | INTERNAL          |
      | tgi-brisk | falls silent before the first token          | DECODE_TIMEOUT    |
      | tgi-brisk | falls silent after a token                   | DECODE_TIMEOUT    |

    @OC-ADAPT-5061
    Examples: Triton
      | pool         | behaviour                                    | code              |
      | triton       | resets the connection before the first token | REPLICA_EXHAUSTED |
      | triton       | resets the connection after a token          | WORKER_RESET      |
      | triton       | closes the connection after a token          | WORKER_RESET      |
      | triton       | refuses the request with 400                 | INVALID_PARAMS    |
      | triton       | fails with 500                               | INTERNAL          |
      | triton       | fails before the first token                 | INTERNAL          |
      | triton       | fails inside its stream                      | INTERNAL          |
      | triton-brisk | falls silent before the first token          | DECODE_TIMEOUT    |
      | triton-brisk | falls silent after a token                   | DECODE_TIMEOUT    |

    @OC-ADAPT-5091
    Examples: a server with OpenAI's routes
      | pool         | behaviour                                    | code              |
      | openai       | resets the connection before the first token | REPLICA_EXHAUSTED |
      | openai       | resets the connection after a token          | WORKER_RESET      |
      | openai       | closes the connection after a token          | WORKER_RESET      |
      | openai       | refuses the request with 400                 | INVALID_PARAMS    |
      | openai       | fails with 500                               | INTERNAL          |
      | openai       | fails before the first token                 | INTERNAL          |
      | openai       | fails inside its stream                      | INTERNAL          |
      | openai-brisk | falls silent before the first token          | DECODE_TIMEOUT    |
      | openai-brisk | falls silent after a token                   | DECODE_TIMEOUT    |

  Scenario Outline: What cannot be read is an internal error
    Given the pool "<pool>" is ready
    And an engine "<pool>" that once sends what is not JSON
    When the task "a" is run on the pool "<pool>"
    Then the task "a" ends with the error INTERNAL

    @OC-ADAPT-5022
    Examples: vLLM
      | pool |
      | vllm |

    @OC-ADAPT-5041
    Examples: TGI
      | pool |
      | tgi  |

    @OC-ADAPT-5061
    Examples: Triton
      | pool   |
      | triton |

    @OC-ADAPT-5091
    Examples: a server with OpenAI's routes
      | pool   |
      | openai |

  Scenario Outline: What another attempt can mend is tried again
    Given the pool "<pool>" is ready
    And an engine "<pool>" that once <behaviour>
    When the task "a" is run on the pool "<pool>"
    Then the task "a" ends normally
    And the task "a" has reached the engine "<pool>" exactly 2 times

    @OC-ADAPT-5022
    Examples: vLLM
      | pool | behaviour      |
      | vllm | fails with 500 |

    @OC-ADAPT-5041
    Examples: TGI
      | pool | behaviour      |
      | tgi  | fails with 500 |

    @OC-ADAPT-5061
    Examples: Triton
      | pool   | behaviour      |
      | triton | fails with 500 |

    @OC-ADAPT-5091
    Examples: a server with OpenAI's routes
      | pool   | behaviour      |
      | openai | fails with 500 |

  Scenario Outline: Busy is not broken, however often it is said
    Given the pool "<pool>" is ready
    And an engine "<pool>" that 2 times turns the request away as busy
    When the task "a" is run on the pool "<pool>"
    Then the task "a" ends normally
    And the task "a" has reached the engine "<pool>" exactly 3 times

    @OC-ADAPT-5022
    Examples: vLLM
      | pool |
      | vllm |

    @OC-ADAPT-5041
    Examples: TGI
      | pool |
      | tgi  |

    @OC-ADAPT-5061
    Examples: Triton
      | pool   |
      | triton |

    @OC-ADAPT-5091
    Examples: a server with OpenAI's routes
      | pool   |
      | openai |

  Scenario Outline: A cancel reaches the engine
    Given the pool "<pool>" is ready
    And an engine "<pool>" that holds every request after 1 tokens
    And the task "a" runs on the pool "<pool>"
    When the task "a" is cancelled
    Then the request of the task "a" at the engine "<pool>" was ended by the server
    And the engine "<pool>" works on nothing

    @OC-ADAPT-5061
    Examples: Triton
      | pool   |
      | triton |

    @OC-ADAPT-5091
    Examples: a server with OpenAI's routes
      | pool   |
      | openai |

  Scenario Outline: A cancel reaches an engine that shows its slot idle, and the next task gets the slot
    Given the pool "<pool>" is ready
    And an engine "<pool>" that holds every request after 1 tokens
    And the task "a" runs on the pool "<pool>"
    And the task "b" waits in the pool "<pool>"
    When the task "a" is cancelled
    Then the request of the task "a" at the engine "<pool>" was ended by the server
    And the task "b" reaches the engine "<pool>" within 900 ms

    @OC-ADAPT-5022
    Examples: vLLM
      | pool        |
      | vllm-single |

    @OC-ADAPT-5041
    Examples: TGI
      | pool       |
      | tgi-single |

  Scenario Outline: Neither prompt nor text nor key is logged, whatever the engine answers
    Given the pool "<pool>" is ready
    And secrets in the prompt, in the text and in what the engine "<pool>" says when it <behaviour>
    When the task with the secrets is run
    Then its log tells that it is over
    And no log line holds a secret

    @OC-ADAPT-5022
    Examples: vLLM
      | pool | behaviour               |
      | vllm | fails with 500          |
      | vllm | fails inside its stream |

    @OC-ADAPT-5041
    Examples: TGI
      | pool | behaviour               |
      | tgi  | fails with 500          |
      | tgi  | fails inside its stream |

    @OC-ADAPT-5061
    Examples: Triton
      | pool   | behaviour               |
      | triton | fails with 500          |
      | triton | fails inside its stream |

    @OC-ADAPT-5091
    Examples: a server with OpenAI's routes
      | pool   | behaviour               |
      | openai | fails with 500          |
      | openai | fails inside its stream |

  Scenario Outline: Text arrives whole, however the engine writes it
    Given the pool "<pool>" is ready
    And an engine "<pool>" that says the tokens "dä|s |0xe4bd|0xa0|𝄞" and <behaviour>
    When the task "a" is run on the pool "<pool>" with
      | field      | value |
      | max_tokens | 5     |
    Then the text of the task "a" is "däs 你𝄞"
    And the `tokens_out` of the end of the task "a" is 5
    And the `finish_reason` of the end of the task "a" is "length"

    @OC-ADAPT-5023
    Examples: vLLM
      | pool | behaviour                          |
      | vllm | writes its stream byte by byte     |
      | vllm | ends its lines with CR and LF      |
      | vllm | sends a comment before every event |

    @OC-ADAPT-5042
    Examples: TGI
      | pool | behaviour                          |
      | tgi  | writes its stream byte by byte     |
      | tgi  | ends its lines with CR and LF      |
      | tgi  | sends a comment before every event |

    @OC-ADAPT-5062
    Examples: Triton
      | pool   | behaviour                      |
      | triton | writes its stream byte by byte |
      | triton | ends its lines with CR and LF  |

    @OC-ADAPT-5092
    Examples: a server with OpenAI's routes
      | pool   | behaviour                      |
      | openai | writes its stream byte by byte |
      | openai | ends its lines with CR and LF  |

  Scenario Outline: A stop text ends the text and is none of it
    Given the pool "<pool>" is ready
    And an engine "<pool>" that says the tokens "a |ST|OP| b"
    When the task "a" is run on the pool "<pool>" with
      | field      | value |
      | max_tokens | 9     |
    Then the text of the task "a" is "a "
    And the `finish_reason` of the end of the task "a" is "stop"

    @OC-ADAPT-5023
    Examples: vLLM
      | pool        |
      | vllm-single |

    @OC-ADAPT-5042
    Examples: TGI
      | pool       |
      | tgi-single |

    @OC-ADAPT-5062
    Examples: Triton
      | pool          |
      | triton-single |

    @OC-ADAPT-5092
    Examples: a server with OpenAI's routes
      | pool          |
      | openai-single |

  Scenario Outline: Prompt and seed reach the engine
    Given the pool "<pool>" is ready
    When the task "a" is run on the pool "<pool>"
    Then the request of the task "a" at the engine "<pool>" has the prompt of the task
    And the request of the task "a" at the engine "<pool>" has the seed that its id gives

    @OC-ADAPT-5023
    Examples: vLLM
      | pool |
      | vllm |

    @OC-ADAPT-5042
    Examples: TGI
      | pool |
      | tgi  |

    @OC-ADAPT-5062
    Examples: Triton
      | pool   |
      | triton |

    @OC-ADAPT-5092
    Examples: a server with OpenAI's routes
      | pool   |
      | openai |

  Scenario Outline: Each token of <engine> reaches every reader before the engine says the next
    Given the pool "<engine>" is ready
    And that tasks go to the pool "<engine>"
    And a task "a" whose engine says one token at a time
    And 2 readers of the task "a"
    Then each of 4 tokens reaches all readers of the task "a" before the engine says the next

    @OC-ADAPT-5020
    Examples: vLLM
      | engine |
      | vllm   |

    @OC-ADAPT-5040
    Examples: TGI
      | engine |
      | tgi    |

    @OC-ADAPT-5060
    Examples: Triton
      | engine |
      | triton |

    @OC-ADAPT-5090
    Examples: a server with OpenAI's routes
      | engine |
      | openai |

  Scenario Outline: What <engine> said before it failed comes before the error
    Given the pool "<engine>" is ready
    And an engine "<engine>" that says the tokens "one|two|three|four" and fails in the breath of the third
    When the task "a" is run on the pool "<engine>"
    Then the text of the task "a" is "onetwothree"
    And the task "a" ends with the error INTERNAL

    @OC-ADAPT-5022
    Examples: vLLM
      | engine |
      | vllm   |

    @OC-ADAPT-5041
    Examples: TGI
      | engine |
      | tgi    |

    @OC-ADAPT-5061
    Examples: Triton
      | engine |
      | triton |

    @OC-ADAPT-5091
    Examples: a server with OpenAI's routes
      | engine |
      | openai |
