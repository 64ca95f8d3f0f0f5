using System.Text.Json;
using Crm.Engine;

namespace Crm.Simulation;

/// <summary>What the user does.</summary>
public sealed partial class Client
{
    private readonly Dictionary<string, long> _known = [];
    private Command? _last;
    private int _busy;

    /// <summary>Every step is taken and every command answered.</summary>
    public bool Idle { get; private set; }

    /// <summary>Takes the steps of a case, one after the other.</summary>
    public void Perform(IReadOnlyList<Op> ops) => Node.Pool.Start(async () =>
    {
        foreach (var op in ops)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(op.WaitMs), Node.Time);
            await Take(op);
        }

        while (_busy > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), Node.Time);
        }

        Idle = true;
    });

    /// <summary>An administrator changes what a user may do.</summary>
    public void Grant(Op op)
    {
        var reference = $"users/u{1 + (op.Record % 2)}";
        var level = Rights.Levels[op.Value % 10 is var luck and < 5 ? luck : 0];
        Send(new(
            CommandOf(op), new(Session.Tenant, "users", reference[6..]), Session.User, null, Math.Max(1, _known.GetValueOrDefault(reference)),
            Json(new { roles = level }), null));
    }

    /// <summary>Edits a card.</summary>
    public void Write(Op op)
    {
        var at = new Address(Session.Tenant, "cards", $"c{op.Record}");
        Type(at.Ref, op);
        Send(_last = Written.Of(op, CommandOf(op), at, Session.User, _views.GetValueOrDefault(at.Ref), _known.GetValueOrDefault(at.Ref)));
    }

    private static Guid CommandOf(Op op) => CommandIds.Derive("op", op.Id.ToString());

    private async Task Take(Op op)
    {
        var at = new Address(Session.Tenant, "cards", $"c{op.Record}");
        switch (op.Act)
        {
            case Act.Watch or Act.Unwatch:
                Look(at.Ref, op.Act == Act.Watch);
                break;
            case Act.Read when _open:
                Call("Read", [Json(at.Ref)], (_, _) => { });
                break;
            case Act.Drop:
                Hang();
                Node.Pool.Start(Connect);
                break;
            case Act.Sleep:
                await Sleep(TimeSpan.FromMilliseconds(op.SleepMs));
                break;
            case Act.Repeat when _last is { } last:
                _scene.World.Saw("command repeated");
                Send(last);
                break;
            case Act.Grant:
                _scene.AdministratorOf(Session.Tenant).Grant(op);
                break;
            case Act.Edit or Act.Take or Act.Close or Act.Delete or Act.Restore or Act.Undo:
                Write(op);
                break;
        }
    }

    private void Look(string reference, bool on)
    {
        if (!_views.TryGetValue(reference, out var view))
        {
            _views[reference] = view = new(reference, what => _scene.World.Fail($"{Session.Tenant}/{Session.User}: {what}"));
        }

        view.Wanted = on;
        if (on && view.Sight is not (Sight.Asked or Sight.AskedAgain))
        {
            Watch(reference);
        }
        else if (!on && _open)
        {
            view.Sight = Sight.Idle;
            view.Asked++;
            _rooms.Remove(reference);
            Call("Unwatch", [Json(reference)], (_, _) => { });
        }
    }

    private async Task Sleep(TimeSpan time)
    {
        _asleep = true;
        Hang();
        await Task.Delay(time, Node.Time);
        _asleep = false;
        Node.Pool.Start(Connect);
    }

    private void Hang()
    {
        if (_socket is { } socket)
        {
            socket.Close();
            Lost(socket);
        }
    }

    // Until it is answered: a fault that passes is no answer, and the id makes the repetition safe.
    private void Send(Command command) => Node.Pool.Start(async () =>
    {
        _busy++;
        _scene.Ledger.Asked(command);
        for (var attempt = 0; !await Try(command); attempt++)
        {
            _scene.World.Saw("command tried again");
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(100 << attempt, 800)), Node.Time);
        }

        _busy--;
    });

    private async Task<bool> Try(Command command)
    {
        if (!_open)
        {
            var opened = new TaskCompletionSource();
            _waiting.Add(opened);
            await opened.Task;
        }

        if (!_open)
        {
            return false;
        }

        var answered = new TaskCompletionSource<bool>();
        var reference = Json(command.At.Ref);
        var id = Json(command.Id);
        void Then(JsonElement? answer, string fault)
        {
            if (answer is { } outcome)
            {
                _known[command.At.Ref] = Math.Max(_known.GetValueOrDefault(command.At.Ref), outcome.GetProperty("version").GetInt64());
                _scene.Ledger.Answered(command, outcome);
            }

            Saved(command.At.Ref);
            answered.TrySetResult(answer is not null);
        }

        if (command.Verb is { } verb)
        {
            Call("Do", [reference, Json(verb), command.Body, id], Then);
        }
        else
        {
            Call("Edit", [reference, Json(command.Base), command.Body, id], Then);
        }

        return await answered.Task;
    }
}
