namespace Crm.Simulation;

/// <summary>Draws cases. Each seed draws first which faults and acts exist at all (swarm testing: Groce et al., 2012), so that rare mixes come up.</summary>
public static class Plan
{
    private const int Faults = 8;

    // How often each act comes, where it exists.
    private static readonly (Act Act, int Weight)[] Acts =
    [
        (Act.Edit, 40), (Act.Take, 8), (Act.Close, 4), (Act.Delete, 2), (Act.Restore, 2), (Act.Undo, 3), (Act.Watch, 12), (Act.Unwatch, 3),
        (Act.Read, 5), (Act.Drop, 3), (Act.Sleep, 1), (Act.Repeat, 6), (Act.Grant, 2),
    ];

    /// <summary>The case of a seed.</summary>
    public static Case Of(ulong seed, int ops = 300)
    {
        var dice = new Dice(seed);
        var acts = Acts.Where(act => act.Act is Act.Edit or Act.Watch || dice.Chance(75)).ToArray();
        var kinds = Enum.GetValues<FaultKind>().Where(_ => dice.Chance(50)).ToArray();
        var weather = new Weather(
            dice.Chance(50) ? 2_000 : 20_000, dice.Sometimes(30), dice.Sometimes(200), dice.Sometimes(100), dice.Sometimes(40), dice.Sometimes(40));
        var pace = dice.Chance(50) ? 40 : 160;
        var hot = dice.Chance(40) ? 1 : Case.Cards;
        var list = new Op[ops];
        for (var i = 0; i < ops; i++)
        {
            list[i] = Step(dice, i, acts, pace, hot);
        }

        var length = (ops / Case.Clients * pace / 2) + 500;
        var faults = kinds.Length == 0 ? [] : Enumerable.Range(0, dice.Below(Faults + 1))
            .Select(i => new Fault(i, kinds[dice.Below(kinds.Length)], dice.Below(length), 50 + dice.Below(3_000), dice.Below(1_000), dice.Below(1_000))).ToArray();
        return new(seed, weather, list, faults);
    }

    private static Op Step(Dice dice, int id, (Act Act, int Weight)[] acts, int pace, int hot)
    {
        var left = dice.Below(acts.Sum(act => act.Weight));
        var act = acts.First(act => (left -= act.Weight) < 0).Act;
        return new(id, dice.Below(Case.Clients), act, dice.Below(dice.Chance(80) ? hot : Case.Cards), 1 + dice.Below(63), dice.Below(10_000), dice.Below(pace));
    }

    private sealed class Dice(ulong seed)
    {
        private readonly Keyed _keyed = new(seed);
        private ulong _throws;

        public int Below(int bound) => _keyed.Below(bound, Site.Plan, ++_throws);

        public bool Chance(int percent) => Below(100) < percent;

        // In a third of all cases not at all.
        public int Sometimes(int most) => Chance(33) ? 0 : Below(most);
    }
}
