Feature: Bodies are closed and strict
  What the contract does not list is refused and pointed at, instead of being ignored in silence.

  Background:
    Given the server "standard"

  @OC-CTRL-2034 @smoke
  Scenario Outline: <occasion> is refused
    When the client sends <occasion>
    Then the answer has the status 400

    Examples:
      | occasion                              |
      | a body with an unknown field          |
      | a body with a duplicate key           |
      | a body with NaN                       |
      | a body with Infinity                  |
      | a body with -Infinity                 |
      | a body nested 33 levels deep          |
      | a body with the integer 2^53          |
      | a body with the integer -2^53         |

  @OC-CTRL-2034
  Scenario: The largest integer is taken
    When the task "a" is submitted with the `deadline_ms` 9007199254740991
    Then the task "a" is accepted

  @OC-CTRL-2034
  Scenario Outline: An unknown field <field> is pointed at
    When the task "a" is submitted with the `<field>` 1
    Then the answer has the status 400
    And the details point at "<pointer>"

    Examples:
      | field     | pointer     |
      | max_token | /max_token  |
      | Prompt    | /Prompt     |
      | a/b~c     | /a~1b~0c    |

  @OC-CTRL-2034
  Scenario: A field of another workload is pointed at
    When the task "a" is submitted with the `inputs` ["one"]
    Then the answer has the status 400
    And the details point at "/inputs"

  @OC-CTRL-2034
  Scenario Outline: An integer out of bounds is pointed at: <field> <value>
    When the task "a" is submitted with the `<field>` <value>
    Then the answer has the status 400
    And the details point at "/<field>"

    Examples:
      | field       | value             |
      | deadline_ms | 9007199254740992  |
      | max_tokens  | 0                 |
      | ctx         | -1                |
      | seed        | 4294967295        |

  @OC-CTRL-2033
  Scenario: The type of a body is judged wherever one is taken
    When each of these routes gets a body of text/plain
      | path                   |
      | /v1/tasks              |
      | /v1/artifacts          |
      | /v1/pools/{id}/drain   |
      | /v1/pools/{id}/reload  |
    Then each of them that there is answers 415 UNSUPPORTED_MEDIA_TYPE

  @OC-CTRL-2033
  Scenario Outline: A body under a content coding is not decoded: <occasion>
    When the client sends <occasion>
    Then the answer is 415 UNSUPPORTED_MEDIA_TYPE

    Examples:
      | occasion                                |
      | a body under gzip                       |
      | a body that only says that it is gzip   |

  @OC-CTRL-2033
  Scenario: A body that says that it is not coded is taken
    When the client sends a body under no coding
    Then the answer has the status 202

  @OC-CTRL-2033
  Scenario Outline: A value of the wrong type is refused: <field> <value>
    When the task "a" is submitted with the `<field>` <value>
    Then the answer has the status 400
    And the answer is an error envelope

    Examples:
      | field       | value        |
      | prompt      | 7            |
      | max_tokens  | "4"          |
      | max_tokens  | 1.5          |
      | max_tokens  | true         |
      | task_id     | "no uuid"    |
      | session_id  | 1            |
      | priority    | "urgent"     |
      | workload    | "chat"       |
      | workload    | ["completion"] |
      | deadline_ms | {}           |
      | model_ref   | ""           |

  @OC-CTRL-2033
  Scenario Outline: A body without <field> is refused
    When the task "a" is submitted without the `<field>`
    Then the answer has the status 400
    And the answer is an error envelope

    Examples:
      | field       |
      | task_id     |
      | session_id  |
      | workload    |
      | model_ref   |
      | engine      |
      | ctx         |
      | priority    |
      | deadline_ms |
      | prompt      |
      | max_tokens  |
