Feature: Routes
  What the contract lists is served, and nothing else.

  Background:
    Given the server "standard"

  @ORCH-3044
  Scenario Outline: Nothing of the interface stands without a version: <method> <path>
    When a <method> of <path> is sent
    Then nothing is served there

    Examples:
      | method | path                  |
      | POST   | /tasks                |
      | GET    | /tasks/{id}/stream    |
      | POST   | /tasks/{id}/cancel    |
      | GET    | /capabilities         |
      | POST   | /v2/tasks             |
      | POST   | /v0/tasks             |

  @ORCH-3044
  Scenario: Tasks stand under version 1
    When the task "a" is submitted
    Then the task "a" is accepted

  @OC-CTRL-2062
  Scenario Outline: <method> <path> is not served
    When a <method> of <path> is sent
    Then nothing is served there

    Examples:
      | method | path                         |
      | GET    | /                            |
      | GET    | /v1                          |
      | GET    | /v1/replicasets              |
      | GET    | /v1/models                   |
      | GET    | /v1/models/state             |
      | GET    | /v1/tasks/{id}               |
      | GET    | /v1/capabilities/            |
      | GET    | /v1%2fcapabilities           |
      | POST   | /v1%2Ftasks                  |
      | GET    | /schema                      |
      | GET    | /schema/openapi.json         |
      | GET    | /openapi.json                |
      | GET    | /docs                        |
      | GET    | /favicon.ico                 |
      | GET    | /health                      |
      | GET    | /metrics/                    |
      | POST   | /v1/chat/completions         |

  @OC-ADAPT-5002
  Scenario Outline: The engine's route <method> <path> stays inside
    When a <method> of <path> is sent
    Then nothing is served there
    And no engine has seen the request

    Examples:
      | method | path            |
      | POST   | /completion     |
      | POST   | /completions    |
      | POST   | /v1/completions |
      | POST   | /infill         |
      | POST   | /tokenize       |
      | POST   | /detokenize     |
      | POST   | /embedding      |
      | GET    | /slots          |
      | POST   | /slots/0        |
      | GET    | /props          |
      | POST   | /props          |
      | GET    | /health         |
