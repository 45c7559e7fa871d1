import groovy.json.JsonSlurper

plugins {
    id("com.android.application")
    kotlin("android")
}

// What the server declares of its model. Its name is a DNS label: nothing else can stand there.
val model = JsonSlurper().parse(rootDir.resolve("edge.json")) as Map<*, *>
val modelName = model["name"].toString()

android {
    // Yours before you publish: the id of an app in the store can never be changed.
    namespace = "inferenceserver.edge.app"
    compileSdk = 35

    defaultConfig {
        applicationId = "inferenceserver.edge.model_" + modelName.replace('-', '_')
        // java.nio.file and java.time are there from Android 8.0 on.
        minSdk = 26
        targetSdk = 35
        versionCode = 1
        versionName = "1"
        resValue("string", "app_name", modelName)
    }

    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"), "proguard-rules.pro")
        }
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }

    // Models are copied out of the package at the first start: compressed they would only take longer.
    androidResources {
        noCompress += listOf("onnx", "ort")
    }

    sourceSets["main"].assets.srcDir(layout.buildDirectory.dir("edge-assets"))
}

kotlin {
    jvmToolchain(17)
}

// The model and its declaration are shipped as they were exported; updates.json only where there is one.
val edgeAssets by tasks.registering(Sync::class) {
    from(rootDir.resolve("edge.json"))
    from(rootDir.resolve("updates.json"))
    from(rootDir.resolve("models")) { into("models") }
    into(layout.buildDirectory.dir("edge-assets"))
}
tasks.named("preBuild") { dependsOn(edgeAssets) }

dependencies {
    implementation(project(":edge-core"))
    // 1.27 and later are aligned to pages of 16 KB. For QNN: onnxruntime-android-qnn in its place.
    implementation("com.microsoft.onnxruntime:onnxruntime-android:1.29.0")
    implementation("androidx.activity:activity-ktx:1.10.1")
    implementation("androidx.camera:camera-camera2:1.4.2")
    implementation("androidx.camera:camera-lifecycle:1.4.2")
    implementation("androidx.camera:camera-view:1.4.2")
}
