using Crm.Engine.Tests;

namespace Crm.Cluster.Tests;

/// <summary>The contract of records, kept by grains on silos.</summary>
[Collection(nameof(InProcess))]
public sealed class ClusterRecordTests : RecordContract
{
    public ClusterRecordTests(InProcess silos) : base(Fresh(silos)) { }

    internal static OpenHost Fresh(InProcess silos)
    {
        silos.Forget();
        return silos.Open;
    }
}

/// <inheritdoc cref="ClusterRecordTests"/>
[Collection(nameof(InProcess))]
public sealed class ClusterRecordReadTests(InProcess silos) : RecordReadContract(ClusterRecordTests.Fresh(silos));

/// <summary>The contract of users' places, kept by grains on silos.</summary>
[Collection(nameof(InProcess))]
public sealed class ClusterPlaceTests(InProcess silos) : UserPlaceContract(silos.OpenPlaces);
