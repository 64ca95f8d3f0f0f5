using System.Text.Json;

namespace Crm.Web.Live;

/// <summary>What connections say of themselves: checked here, then passed on to <see cref="Attendance"/>.</summary>
internal sealed class Desk(Attendance attendance, Relay relay, Profiles profiles, ICatalog catalog, LiveOptions options, TimeProvider time, Pool pool)
{
    private const int MostDrafts = 16;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, LiveConnection> _open = new();

    /// <summary>Hears of changed names, teams and choices from now on.</summary>
    public void Listen()
    {
        relay.Overheard += profiles.Hear;
        profiles.Changed = tenant => pool.Queue(static state => _ = state.self.Refresh(state.tenant), (self: this, tenant));
    }

    /// <summary>A connection has opened: its user is there.</summary>
    public async Task Enter(LiveConnection connection)
    {
        var caller = connection.Rights.Caller;
        connection.Profile = await profiles.Find(caller.Tenant, caller.User) ?? Unknown(caller.User);
        connection.ProfileAt = connection.ActiveAt = time.GetTimestamp();
        _open[connection.Id] = connection;
        if (connection.Closed)
        {
            Leave(connection); // It went while this was looked up.
            return;
        }

        InHall(connection, stay => stay);
    }

    /// <summary>A connection has gone.</summary>
    public void Leave(LiveConnection connection)
    {
        if (_open.TryRemove(connection.Id, out _) && connection.Session is { } session)
        {
            foreach (var at in connection.Places.Keys.OrderBy(at => at.Ref, StringComparer.Ordinal))
            {
                attendance.Remove(at, connection.Id);
            }

            var hall = Hall.Of(session.Tenant);
            attendance.Seated(hall).Onlookers.TryRemove(connection.Id, out _);
            attendance.Remove(hall, connection.Id);
        }
    }

    /// <summary>The user looks at a record, or writes in it.</summary>
    public void Present(LiveConnection connection, Address at, Presented what)
    {
        var watch = Open(connection, at);
        if (what.Activity == Doing.Editing)
        {
            MayWrite(connection.Rights, watch, what.Field);
        }

        Stay(connection, at, stay =>
        {
            // Who only looks has nothing unsaved, unless he says so: what an earlier watch left behind ends with it.
            var unsaved = what.Activity == Doing.Editing || what.Unsaved ? stay.Drafts : [];
            return stay with { Activity = what.Activity, Field = what.Field, Cursor = what.Cursor, Drafts = unsaved, Unsaved = what.Unsaved || unsaved.Count > 0 };
        });
    }

    /// <summary>The user has left a record.</summary>
    public void Absent(LiveConnection connection, Address at)
    {
        if (connection.Places.TryRemove(at, out _))
        {
            attendance.Remove(at, connection.Id);
            Active(connection, null);
        }
    }

    /// <summary>What the user has written in a field and not saved.</summary>
    public void Draft(LiveConnection connection, Address at, string field, JsonElement value)
    {
        MayWrite(connection.Rights, Open(connection, at), field);
        if (System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value).Length > options.DraftBytes)
        {
            throw Fault.Argument("value", $"An unsaved value may have {options.DraftBytes} bytes. Save it, or write on unseen.");
        }

        var draft = new Unsaved(field, value.Clone(), time.GetUtcNow());
        Stay(connection, at, stay => stay with
        {
            Drafts = [.. stay.Drafts.Where(other => other.Field != field).TakeLast(MostDrafts - 1), draft],
            Unsaved = true,
            Activity = Doing.Editing,
            Field = field,
        });
    }

    /// <summary>It is saved or given up. Whoever may not write any more may still say so.</summary>
    public void Undraft(LiveConnection connection, Address at, string field)
    {
        if (connection.Places.ContainsKey(at))
        {
            Stay(connection, at, stay => stay with { Drafts = [.. stay.Drafts.Where(draft => draft.Field != field)], Unsaved = stay.Drafts.Any(draft => draft.Field != field) });
        }
    }

    /// <summary>A wish for a field: the claim after it, null when the field is free.</summary>
    public Task<Claim?> Claim(LiveConnection connection, Address at, string field, ClaimHow how)
    {
        var watch = Open(connection, at);
        MayWrite(connection.Rights, watch, field);
        if (!connection.Places.ContainsKey(at))
        {
            throw Fault.Of("presence.absent", "Say that you are there (Present) before you ask for a field.");
        }

        return attendance.Wish(at, new(connection.Rights.Caller.User, field, how));
    }

    /// <summary>The user has done something; with a module, that part of the product is open now.</summary>
    public void Active(LiveConnection connection, string? module)
    {
        connection.ActiveAt = time.GetTimestamp();
        InHall(connection, stay => stay with { Module = module ?? stay.Module, Activity = Doing.Online });
    }

    /// <summary>The same by the way: told only where it changes what is seen.</summary>
    public void Noticed(LiveConnection connection)
    {
        connection.ActiveAt = time.GetTimestamp();
        if (connection.Session is { } session && attendance.Find(Hall.Of(session.Tenant), connection.Id) is { Activity: Doing.Away })
        {
            Active(connection, null);
        }
    }

    /// <summary>Tells the connection who is signed in, from now on.</summary>
    public void Follow(LiveConnection connection)
    {
        var hall = Hall.Of(connection.Rights.Caller.Tenant);
        attendance.Follow(hall, connection.Id, new(connection, attendance.Seated(hall), catalog), connection);
    }

    /// <summary>Tells it no more.</summary>
    public void Unfollow(LiveConnection connection) =>
        attendance.Seated(Hall.Of(connection.Rights.Caller.Tenant)).Onlookers.TryRemove(connection.Id, out _);

    /// <summary>Renews what was said of everybody, and notices who has done nothing for a while.</summary>
    public async Task Beat()
    {
        foreach (var tenant in _open.Values.GroupBy(connection => connection.Session!.Tenant).OrderBy(tenant => tenant.Key, StringComparer.Ordinal))
        {
            var after = await AwayAfter(tenant.Key);
            foreach (var connection in tenant.OrderBy(connection => connection.Id, StringComparer.Ordinal))
            {
                LeaveClosed(connection);
                if (connection.Profile == Unknown(connection.Session!.User) || time.GetElapsedTime(connection.ProfileAt) > Profiles.Fresh)
                {
                    await Refresh(connection);
                }

                if (time.GetElapsedTime(connection.ActiveAt) >= after && attendance.Find(Hall.Of(tenant.Key), connection.Id) is { Activity: not Doing.Away })
                {
                    InHall(connection, stay => stay with { Activity = Doing.Away });
                }
            }
        }

        profiles.Keep(_open.Values.Select(connection => connection.Session!.Tenant).ToHashSet());
        attendance.Beat();
    }

    // A watch that was cut short comes back at once; one that was taken away does not.
    private void LeaveClosed(LiveConnection connection)
    {
        foreach (var (at, said) in connection.Places.OrderBy(place => place.Key.Ref, StringComparer.Ordinal))
        {
            if (!connection.Watches.ContainsKey(at) && time.GetElapsedTime(said) > Grace)
            {
                connection.Places.TryRemove(at, out _);
                attendance.Remove(at, connection.Id);
                InHall(connection, hall => hall);
            }
            else if (time.GetElapsedTime(said) > options.DraftsFor && attendance.Find(at, connection.Id) is { Drafts.Count: > 0 })
            {
                Say(connection, at, stay => stay with { Drafts = [] });
            }
        }
    }

    private async Task<TimeSpan> AwayAfter(string tenant)
    {
        try
        {
            return (await profiles.Find(tenant)).AwayAfter;
        }
        catch (UnavailableException)
        {
            return options.AwayAfter;
        }
    }

    private async Task Refresh(string tenant)
    {
        foreach (var connection in _open.Values.Where(connection => connection.Session!.Tenant == tenant).OrderBy(connection => connection.Id, StringComparer.Ordinal))
        {
            await Refresh(connection);
        }
    }

    private async Task Refresh(LiveConnection connection)
    {
        var session = connection.Session!;
        if (await profiles.Find(session.Tenant, session.User) is not { } profile)
        {
            return; // With the next beat again.
        }

        connection.ProfileAt = time.GetTimestamp();
        if (profile == connection.Profile)
        {
            return;
        }

        connection.Profile = profile;
        InHall(connection, stay => stay);
        attendance.Look(Hall.Of(session.Tenant));
        foreach (var at in connection.Places.Keys.OrderBy(at => at.Ref, StringComparer.Ordinal))
        {
            Say(connection, at, stay => stay with { Who = profile });
            attendance.Look(at); // Who looks may see others than before, too.
        }
    }

    private static Profile Unknown(string user) => new(user, user, null, Sharing.Hidden);

    /// <summary>The watch that shows that the record is open on this connection, so that its user may see it.</summary>
    public static Watch Open(LiveConnection connection, Address at) => connection.Watches.TryGetValue(at, out var watch) && watch.IsOpen
        ? watch
        : throw Fault.Of("presence.closed", "This record is not open on this connection. Watch it first.");

    /// <summary>Refuses who may not write in a field, or not in the record.</summary>
    public static void MayWrite(Rights rights, Watch watch, string? field)
    {
        var kind = watch.At.Kind;
        if (!rights.Caller.Can($"{kind}.edit"))
        {
            throw Fault.Of("access.denied", "You may look at this record and not write in it.");
        }

        if (field is not null && (!watch.Redaction.SeesField(field) || rights.Caller.ReadOnly.Contains($"{kind}.{field}")))
        {
            throw Fault.Argument("field", "There is no such field that you may write in.");
        }
    }

    private void Stay(LiveConnection connection, Address at, Func<Stay, Stay> change)
    {
        var isNew = !connection.Places.ContainsKey(at);
        connection.Places[at] = time.GetTimestamp();
        Say(connection, at, stay => change(stay) with { Who = connection.Profile!, At = time.GetUtcNow() });
        if (isNew)
        {
            Active(connection, null);
        }
        else
        {
            Noticed(connection);
        }
    }

    private void InHall(LiveConnection connection, Func<Stay, Stay> change)
    {
        var hall = Hall.Of(connection.Session!.Tenant);
        Say(connection, hall, stay => change(stay) with
        {
            Who = connection.Profile!,
            At = time.GetUtcNow(),
            Refs = [.. connection.Places.Keys.Select(at => at.Ref).Order(StringComparer.Ordinal).Take(Person.MostRefs)],
        });
    }

    // Whoever left while this was said would be there for ever: it is taken back, whichever of the two came first.
    private void Say(LiveConnection connection, Address at, Func<Stay, Stay> change)
    {
        attendance.Set(at, connection.Id, stay => change(stay ?? New(connection, at)));
        if (connection.Closed || !_open.ContainsKey(connection.Id))
        {
            attendance.Remove(at, connection.Id);
        }
    }

    private Stay New(LiveConnection connection, Address at) => new(
        connection.Id, connection.Profile!, at == Hall.Of(connection.Session!.Tenant) ? Doing.Online : Doing.Viewing, null, default, false, null, [], time.GetUtcNow(), time.GetUtcNow(), []);
}

/// <summary>What a client says that its user does.</summary>
internal sealed record Presented(Doing Activity, string? Field, JsonElement Cursor, bool Unsaved);
