;; A policy that wants to open files.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 16) "1.0.0")
  (data (i32.const 64) "{\"decision\":\"allow\"}")
  (data (i32.const 128) "{\"decision\":\"deny\",\"reason\":\"closed today\"}")
  (func (export "oq_abi_version") (result i32) i32.const 65536)
  (func (export "oq_policy_version") (result i64) i64.const 0x1000000005)
  (func (export "oq_alloc") (param i32) (result i32) i32.const 65536)
  (func (export "oq_admit") (param i32 i32) (result i64) i64.const 0x4000000014))
