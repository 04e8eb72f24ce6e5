"""A completion that the adapter ends before its engine would: what the task is told, and when its slot is
free.
"""


def test_the_slot_is_free_once_the_engine_is_at_rest(play, script) -> None:
    async def scene(stage) -> None:
        engine = stage.engines["w0"]
        engine.idle_after_ms = 200
        cut = script.Chunk((), 2, script.Finished("stop", 2, at_rest=False))
        short = [script.Step(1, script.Chunk(("a",), 1)), script.Step(1, cut), script.Step(forever=True)]
        engine.scripts = [short, short, script.tokens(1)]
        for number in range(3):
            await stage.submit(number)
        ends = [(await stage.read(number))[-1] for number in range(3)]
        assert [name for _, name, _ in ends] == ["end"] * 3
        told = ends[0][2]
        assert (told["tokens_out"], told["finish_reason"]) == (2, "stop")
        # Two slots, each of which stays taken until the engine shows it idle.
        assert stage.value("queue_wait_ms_sum") >= 200

    play(scene)
