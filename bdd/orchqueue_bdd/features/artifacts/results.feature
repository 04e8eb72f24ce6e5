Feature: Results that are no text
  An embedding or a ranking runs as any task does, and its result is an artifact that its end names.

  Background:
    Given the server "keeping"
    And that tasks go to the pool "keeping"

  @OC-CTRL-2073
  Scenario: An embedding has a vector for each text
    Given the embedding "e" has run to its end
    Then the result of "e" is the engine's vector of each text

  @OC-CTRL-2073
  Scenario: A ranking has a score for each text
    Given the rerank "r" has run to its end
    Then the result of "r" is the engine's score of each text

  @OC-CTRL-2073
  Scenario Outline: The stream of <workload> has no text
    Given the <workload> "x" has run to its end
    Then the stream of "x" has no text

    Examples:
      | workload  |
      | embedding |
      | rerank    |

  @OC-CTRL-2073
  Scenario: An embedding that is cancelled leaves the engine
    Given the embedding "e" is at the engine
    When the task "e" is cancelled
    Then the cancel says "canceled-running"
    And the end of "e" names no result
    And the engine works on no such task any more

  @OC-CTRL-2073
  Scenario: An embedding that the engine refuses is an error
    Given the embedding "e" that the engine refuses has run to its end
    Then the error of the task "e" names the engine and the pool

  @OC-CTRL-2074
  Scenario: A pool offers what its engines can do
    When the capabilities are read
    Then the entry of the model "keeping" has
      | field               | value                                   |
      | supported_workloads | ["completion", "embedding", "rerank"]   |

  @OC-CTRL-2074
  Scenario: A pool offers no more than it was told to
    When the capabilities are read
    Then the entry of the model "narrow" has
      | field               | value          |
      | supported_workloads | ["completion"] |

  @OC-CORE-1026
  Scenario Outline: A workload that the pool does not take is pointed at
    Given that tasks go to the pool "narrow"
    When the <workload> task "x" for the engine's numbers is submitted
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/workload"

    Examples:
      | workload  |
      | embedding |
      | rerank    |

  @OC-CTRL-2073
  Scenario Outline: A text of <workload> that does not fit by itself is pointed at
    When the <workload> task "x" whose second text is too long is submitted
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/inputs/1"

    Examples:
      | workload  |
      | embedding |
      | rerank    |
