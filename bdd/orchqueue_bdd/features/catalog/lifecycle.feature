Feature: The states of models
  A model comes into use, is tried by some, grows old and is given up, step by step.

  Background:
    Given the server "full"

  @ORCH-3069 @ORCH-3072 @OC-CAT-4210
  Scenario Outline: What is <before> may become <after>
    Given the model "m" that is <before>
    When the model "m" is made <after>
    Then the answer has the status 202
    And the model "m" is <after>

    Examples:
      | before     | after      |
      | Draft      | Active     |
      | Draft      | Canary     |
      | Draft      | Retired    |
      | Canary     | Active     |
      | Canary     | Draft      |
      | Active     | Deprecated |
      | Deprecated | Retired    |

  @OC-CAT-4210
  Scenario Outline: What is <before> cannot become <after>
    Given the model "m" that is <before>
    When the model "m" is made <after>
    Then the answer is 409 ILLEGAL_TRANSITION
    And the model "m" is <before>

    Examples:
      | before     | after      |
      | Draft      | Draft      |
      | Draft      | Deprecated |
      | Canary     | Deprecated |
      | Canary     | Retired    |
      | Active     | Draft      |
      | Active     | Canary     |
      | Active     | Retired    |
      | Deprecated | Active     |
      | Retired    | Draft      |
      | Retired    | Active     |

  @OC-CAT-4210
  Scenario: A canary can get another share
    Given the model "m" that is Canary
    When the model "m" is made Canary with the `share` 0.25
    Then the answer has the status 202
    And the model "m" has the `share` 0.25

  @OC-CAT-4210
  Scenario Outline: <after> with the <member> <value> is refused
    Given the model "m" that is Draft
    When the model "m" is made <after> with the `<member>` <value>
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/<member>"
    And the model "m" is Draft

    Examples:
      | after  | member      | value |
      | Active | share       | 0.5   |
      | Active | deadline_ms | 1000  |
      | Canary | share       | 1.5   |
      | Canary | share       | 0     |

  @OC-CAT-4210
  Scenario: A canary has a share
    Given the model "m" that is Draft
    When the model "m" is made Canary and nothing else is said
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/share"

  @OC-CAT-4210
  Scenario Outline: POST /v1/catalog/models/{id}/state sent <way> is <status>
    When a POST of /v1/catalog/models/{id}/state is sent <way>
    Then the answer is <status> <code>

    Examples:
      | way                      | status | code            |
      | without a key            | 401    | UNAUTHENTICATED |
      | with the key "data-only" | 403    | FORBIDDEN       |

  @ORCH-3073 @OC-CAT-4213
  Scenario Outline: The state <after> is measured, and that it came is logged
    Given the model "m" that is <before>
    When the model "m" is made <after>
    Then the gauge of the model "m" says <after>
    And the log tells that the model "m" was <before> and is <after>

    Examples:
      | before | after      |
      | Active | Deprecated |
      | Draft  | Canary     |
